"""How the command fails: one line, what to do next, an exit code; never a traceback, never a personal value."""

from __future__ import annotations

import os
import re
import sys
import tempfile
import traceback
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import typer
from pydantic import ValidationError

from mentor_dw.cli.output import errors
from mentor_dw.config import get_settings
from mentor_dw.errors import DatabaseTrouble, MentorDwError
from mentor_dw.masking import mask_cpr
from mentor_dw.trouble import shortage

FAILED = 1
STOPPED = 130
LOG_NAME = "mentor-dw.log"
#: What stands in quotes in an exception's message may be a value somebody delivered.
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"|\(.*\)")


def guarded(run: Callable[[], int | None]) -> int:
    """The exit code of `run`: its own, or 1 after one clear line about what went wrong.

    A wrong argument is 1 as well: 2 is kept for a delivery that was refused.
    """
    try:
        code = run() or 0
    except DatabaseTrouble as trouble:
        return _failed(*_no_answer(trouble))
    except MentorDwError as error:
        return _failed(error.message, error.next_step)
    except typer.TyperException as error:
        return _failed(error.format_message(), _usage(getattr(error, "ctx", None)))
    except (typer.Abort, KeyboardInterrupt):
        return _stopped()
    except ValidationError as error:
        names = ", ".join(f"MENTOR_DW_{'_'.join(map(str, one['loc'])).upper()}" for one in error.errors())
        if error.title != "Settings":
            return _unexpected(error)
        return _failed(f"The setting {names} has a value that it cannot have.", ".env.example lists the settings.")
    except OSError as error:
        if (short := shortage(error)) is not None:
            return _failed(short.message, short.next_step)
        if error.filename is None:
            return _unexpected(error)
        return _failed(
            f"{error.filename}: {error.strerror}.", "See that it exists, and that you may read and write there."
        )
    except Exception as error:  # the last line of defence: nobody is shown a traceback with values in it
        if (short := shortage(error)) is not None:
            return _failed(short.message, short.next_step)
        return _unexpected(error)
    return _stopped() if code == STOPPED else code


def _failed(message: str, next_step: str) -> int:
    errors.print(f"mentor-dw: {mask_cpr(message)}", markup=False, style="red")
    if next_step:
        errors.print(mask_cpr(next_step), markup=False)
    return FAILED


def _stopped() -> int:
    errors.print("mentor-dw: stopped by you; what was begun in Airflow goes on there (mentor-dw status).")
    return STOPPED


def _no_answer(trouble: DatabaseTrouble) -> tuple[str, str]:
    """What is wrong with the database, and the way out; without a code it could not be reached at all."""
    message = "The database does not answer." if trouble.sqlstate is None else trouble.message
    return message, trouble.next_step or "`mentor-dw up` starts what does not run; then try again."


def _usage(context: typer.Context | None) -> str:
    return f"`{context.command_path} --help` shows how it is used." if context else "Try `mentor-dw --help`."


def _unexpected(error: Exception) -> int:
    kind = type(error).__name__
    try:
        log = _keep(_without_values(error))
    except OSError as trouble:
        return _failed(f"Something unexpected went wrong ({kind}).", f"Its log could not be written: {trouble}.")
    return _failed(
        f"Something unexpected went wrong ({kind}).",
        f"Where it happened is at the end of {log}; values are masked there. Send it to whoever keeps this house.",
    )


def _without_values(error: BaseException) -> str:
    """The traceback of `error` and of what caused it, messages masked: a message may quote what was delivered."""
    parts: list[str] = []
    one: BaseException | None = error
    while one is not None:
        message = _QUOTED.sub("***", mask_cpr(str(one)))
        parts.insert(0, "".join(traceback.format_tb(one.__traceback__)) + f"{type(one).__name__}: {message}\n")
        one = one.__cause__ or (None if one.__suppress_context__ else one.__context__)
    return "then\n".join(parts)


def _keep(text: str) -> Path:
    """Add `text` to the log of the installation, or to one of the system's temporary folder when there is none."""
    settings = get_settings()
    folder = settings.logs if settings.logs.is_dir() else Path(tempfile.mkdtemp(prefix="mentor-dw-"))
    path = folder / LOG_NAME
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "a", encoding="utf-8") as log:
        command = " ".join(sys.argv[1:2])
        log.write(f"{datetime.now().astimezone().isoformat(timespec='seconds')} mentor-dw {command}\n{text}\n")
    return path
