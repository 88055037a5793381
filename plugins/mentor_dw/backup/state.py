"""How the backups do, for whoever watches the house; and the nightly one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from mentor_dw.config import get_settings
from mentor_dw.database import connect
from mentor_dw.ledger import backups as ledger

#: A nightly backup that is older was not made last night.
OVERDUE_AFTER = timedelta(hours=36)


@dataclass(frozen=True)
class BackupState:
    """How the backups do.

    `to`: where the nightly backup goes, None when none is asked for. `newest_at`: the moment that the newest whole
    backup shows; `age`: how long ago that is. `error`: why the newest one failed, None when it did not. `overdue`: one
    is asked for, and there is none of the last OVERDUE_AFTER.
    """

    to: Path | None
    newest_at: datetime | None
    newest_file: str | None
    age: timedelta | None
    error: str | None
    overdue: bool


def state(now: datetime | None = None) -> BackupState:
    """How the backups do now. Raises DatabaseProblem when the ledger does not answer."""
    settings, now = get_settings(), now or datetime.now(UTC)
    with connect("operator") as connection:
        newest = ledger.newest_whole(connection)
        error = ledger.newest_trouble(connection)
        row = connection.execute("select min(applied_at) as since from ops.schema_version").fetchone()
    age = now - newest["begun_at"] if newest else None
    # A house of today has not missed a night yet.
    waited = age if age is not None else now - (row["since"] if row else now)
    return BackupState(
        to=settings.backup_to,
        newest_at=newest["begun_at"] if newest else None,
        newest_file=newest["file_name"] if newest else None,
        age=age,
        error=error,
        overdue=settings.backup_to is not None and waited > OVERDUE_AFTER,
    )


def back_up_at_night(say: Callable[[str], None]) -> str | None:
    """The nightly backup, where `backup_to` asks for one; the name of its file. Raises as `make_backup`."""
    settings = get_settings()
    if settings.backup_to is None:
        return None
    from mentor_dw.backup.make import make_backup

    made = make_backup(settings.backup_to, settings.backup_keys_to, by="housekeeping", say=say)
    return made["file"]
