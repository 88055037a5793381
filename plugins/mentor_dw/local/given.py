"""The servers that an installation is given rather than starts: a PostgreSQL, and the Redis of the workers.

Their addresses are settings; a password may stand in the address or, better, in a file of its own, which only those
processes need that log in: it is read when it is asked for.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote, urlsplit

from psycopg import ProgrammingError
from psycopg.conninfo import make_conninfo

from mentor_dw.config import Settings
from mentor_dw.errors import MentorDwError
from mentor_dw.secret_files import read_secret

_SCHEMES = ("redis", "rediss")


def owner_conninfo(settings: Settings) -> str:
    """Conninfo of the role that owns the databases of a given PostgreSQL. Raises MentorDwError without one."""
    if settings.dsn is None:
        raise MentorDwError("No PostgreSQL is given.", "Set MENTOR_DW_DSN; .env.example says what it is.")
    dsn = settings.dsn.get_secret_value()
    try:
        if settings.dsn_password_file is None:
            return make_conninfo(dsn)
        return make_conninfo(dsn, password=_password(settings.dsn_password_file, "MENTOR_DW_DSN_PASSWORD_FILE"))
    except ProgrammingError:
        # What libpq says about it holds the address, and with it perhaps the password.
        raise MentorDwError("MENTOR_DW_DSN is no address of a PostgreSQL.", "See .env.example.") from None


def broker_url(settings: Settings) -> str:
    """URL of the Redis over which workers get their tasks, its password included.

    Raises MentorDwError when there is none, it is no Redis, or the packages for workers are not installed.
    """
    if find_spec("celery") is None:
        raise MentorDwError("The packages for workers are not installed.", "Run: uv sync --frozen --extra celery")
    if settings.broker is None:
        raise MentorDwError("Workers need a Redis.", "Set MENTOR_DW_BROKER; .env.example says what it is.")
    url = urlsplit(settings.broker.get_secret_value())
    if url.scheme not in _SCHEMES or not url.hostname:
        raise MentorDwError("MENTOR_DW_BROKER is no address of a Redis.", "It looks like redis://host:6379/0.")
    if settings.broker_password_file is None:
        return url.geturl()
    password = quote(_password(settings.broker_password_file, "MENTOR_DW_BROKER_PASSWORD_FILE"), safe="")
    place = url.netloc.rpartition("@")[2]
    return url._replace(netloc=f"{quote(url.username or '', safe='')}:{password}@{place}").geturl()


def _password(path: Path, variable: str) -> str:
    try:
        password = read_secret(path).strip()
    except FileNotFoundError:
        raise MentorDwError(f"The file that {variable} names is not there.") from None
    if not password:
        raise MentorDwError(f"The file that {variable} names is empty.")
    return password
