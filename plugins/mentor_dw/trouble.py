"""What may pass by itself, recognised in errors of other people's code: no room, no memory, no database.

dbt and Great Expectations pass on what PostgreSQL said as text, libraries what the system said. The text decides what
kind of trouble it is and is then thrown away, because it may hold values.
"""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager

from mentor_dw.errors import DatabaseTrouble, MentorDwError, NoMemory, NoRoom, TryAgain

_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT})
_SAID = {number: os.strerror(number) for number in (*_NO_ROOM, errno.ENOMEM)}

#: What the loader of shared libraries says when there is no memory for one.
_NOT_LOADED = "failed to map segment from shared object"

#: What PostgreSQL and its clients say in English (the server's locale is C), and the SQLSTATE that belongs to it.
_BY_TEXT: tuple[tuple[re.Pattern[str], str | None, str], ...] = tuple(
    (re.compile(pattern), sqlstate, what)
    for pattern, sqlstate, what in (
        (r"No space left on device|Disk quota exceeded|temporary file size exceeds", "53100", "no room on its disk"),
        (r"out of (?:shared )?memory|Cannot allocate memory", "53200", "no memory"),
        (r"too many clients|remaining connection slots", "53300", "no free connection"),
        (r"deadlock detected", "40P01", "a deadlock"),
        (r"could not serialize access", "40001", "a lost race"),
        (r"due to lock timeout", "55P03", "a lock"),
        (r"canceling statement due to", "57014", "a statement that was stopped"),
        (r"terminating connection", "57P01", "a connection that was ended"),
        (r"the database system is ", "57P03", "a server that starts or stops"),
        (
            r"server closed the connection|connection to server .*failed|Connection refused|could not connect"
            r"|connection already closed|the connection is (?:closed|lost)|no connection to the server"
            r"|could not receive data from server|SSL connection has been closed",
            None,
            "no answer from the server",
        ),
    )
)


def database_trouble(text: str | None) -> DatabaseTrouble | None:
    """The trouble that a database's message `text` tells of, without the text; None when it is no passing one."""
    for pattern, sqlstate, what in _BY_TEXT:
        if text and pattern.search(text):
            return DatabaseTrouble(sqlstate, what)
    return None


def shortage(error: BaseException) -> TryAgain | None:
    """NoRoom or NoMemory when `error`, or what it came from, is of the system's making; None otherwise."""
    one: BaseException | None = error
    while one is not None:
        number = one.errno if isinstance(one, OSError) else None
        text = "" if number is not None else str(one)
        if number in _NO_ROOM or any(_SAID[full] in text for full in _NO_ROOM):
            return NoRoom()
        # SystemError: C code that found no memory and did not say so.
        if isinstance(one, (MemoryError, SystemError)) or number == errno.ENOMEM:
            return NoMemory()
        if _SAID[errno.ENOMEM] in text or _NOT_LOADED in text:
            return NoMemory()
        one = one.__cause__ or (None if one.__suppress_context__ else one.__context__)
    return None


@contextmanager
def shortage_in_words() -> Iterator[None]:
    """Raise NoRoom or NoMemory in place of what libraries and the system raise inside when there is not enough.

    As a decorator it does the same for a function: for the tasks of a DAG.
    """
    short: TryAgain | None = None
    try:
        yield
    except MentorDwError:
        raise
    except Exception as error:
        short = shortage(error)
        if short is None:
            raise
    if short is not None:
        raise short from None
