"""A new password for a role of the warehouse, taken up by everybody who logs in from now on."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import psycopg
from psycopg import sql

from mentor_dw.config import Settings
from mentor_dw.database import CONNECTION_FILE, Address, address, connect, given_by
from mentor_dw.errors import MentorDwError
from mentor_dw.feeds import sources
from mentor_dw.ingest.lock import source_lock
from mentor_dw.local.connection_file import write_connection_file
from mentor_dw.secret_files import read_secret
from mentor_dw.warehouse.lock import build_lock

OWNER = "owner"


def must_be_ours(settings: Settings, role: str) -> None:
    """Raise MentorDwError when the password of `role` is not one that this installation made."""
    roles = json.loads(read_secret(settings.secrets / CONNECTION_FILE))["roles"]
    if role not in roles:
        raise MentorDwError(f"No role {role}.", f"Roles are: {', '.join(sorted(set(roles) - {OWNER}))}.")
    if role == OWNER:
        raise MentorDwError(
            "The owner of the databases is not a role of the warehouse.",
            "With MENTOR_DW_DSN its administrator changes that password, and the variable with it; of the embedded "
            "server, which listens on this machine only: docs/keys.md.",
        )
    if variable := given_by(role):
        raise MentorDwError(
            f"The login of {role} comes from {variable}.", "Change the password on the server and in the variable."
        )


def change(settings: Settings, role: str, say: Callable[[str], object]) -> dict[str, Any]:
    """Give `role` a new password; what was checked: the new one logs in, the former one does not.

    Sessions that are open stay open; how many is told. Work that logs in again and again with a password it read at
    its beginning is waited for: deliveries being taken (loader), a build (transformer).
    """
    with _nobody_in_the_middle(role, say):
        former = address(role)
        facts = json.loads(read_secret(settings.secrets / CONNECTION_FILE))
        facts["roles"][role]["password"] = password = secrets.token_urlsafe(24)
        with connect(OWNER) as owner:
            # The server gets a verifier, so that the password cannot turn up in a log of statements.
            verifier = owner.pgconn.encrypt_password(password.encode(), former.user.encode(), b"scram-sha-256")
            owner.execute(
                sql.SQL("alter role {} password {}").format(sql.Identifier(former.user), sql.Literal(verifier.decode()))
            )
        # Whoever logs in between the two reads the file again (database.connect).
        write_connection_file(settings, facts)
        if not _logs_in(address(role)):
            raise MentorDwError(f"The new password of {role} does not log in.", "Run the rotation again.")
        if _logs_in(former):
            raise MentorDwError(f"The former password of {role} still logs in.", "See pg_hba.conf of the server.")
    with connect(OWNER) as owner:
        row = owner.execute(
            "select count(*) as sessions from pg_stat_activity where usename = %s", (former.user,)
        ).fetchone()
    return {"new_logs_in": True, "former_logs_in": False, "open_sessions": row and row["sessions"]}


@contextmanager
def _nobody_in_the_middle(role: str, say: Callable[[str], object]) -> Iterator[None]:
    with ExitStack() as held:
        if not _logs_in(address(role)):
            pass  # a rotation was cut off before the new password was written down: nobody is at work
        elif role == "loader":
            say("Waiting for deliveries that are being taken.")
            for source in sorted(sources()):
                held.enter_context(source_lock(source))
        elif role == "transformer":
            held.enter_context(build_lock(lambda line: say(line)))
        yield


def _logs_in(place: Address) -> bool:
    try:
        psycopg.connect(
            host=place.host,
            port=place.port,
            dbname=place.database,
            user=place.user,
            password=place.password,
            connect_timeout=10,
        ).close()
    except psycopg.OperationalError:
        return False
    return True
