"""Packages that may not stay: those with an erased person in them, and those whose days are over."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from mentor_dw.config import get_settings
from mentor_dw.database import connect
from mentor_dw.delivery.flow_lock import extract_lock
from mentor_dw.delivery.flow_places import MARKER, SENT, kept_copy, package_folder
from mentor_dw.ledger import extracts as ledger

PACKAGES = "packages of extracts"
#: A trial was made to be looked at.
TRIAL_DAYS = 30
#: What a killed run left behind is nobody's after so long.
_LEFT = timedelta(days=1)
_ERASURE = "erasure"

_WITH = """
    select e.*
    from ops.extract as e
    where
        e.status in ('built', 'released', 'sent', 'confirmed', 'refused')
        and (
            exists (
                select from ops.extract_person as p
                where p.extract_id = e.extract_id and p.person_key = any(%s)
            )
            or (e.kind = 'trial' and e.specification ->> 'level' = 'persons')
        )
    order by e.extract_id
"""


def forget_in_packages(person_keys: Sequence[int]) -> Counter[str]:
    """Throw away what holds one of the persons and was not delivered, and our copies of what names persons.

    A package that waits is built anew without her. Of a delivered one at person level nothing is kept here; the
    receiver is told by whoever erases (ops.erasure.extracts). Trials at person level go, whoever is in them. Returns
    how many packages; called again, what is left.
    """
    with connect("delivery") as connection:
        rows = connection.execute(_WITH, (list(person_keys),)).fetchall()
    gone: Counter[str] = Counter()
    for row in rows:
        with extract_lock(row["name"]), connect("delivery") as connection:
            gone[PACKAGES] += _forget(connection, ledger.by_id(connection, row["extract_id"]))
    return +gone


def expire_packages(now: datetime | None = None, *, dry_run: bool = False) -> int:
    """Delete what has reached its receiver, copies past the days of their specification, old trials and leftovers.

    Returns how many files and folders go; with `dry_run` none does.
    """
    now = now or datetime.now(UTC)
    with connect("operator") as connection:
        rows = connection.execute(
            "select * from ops.extract as e where stem is not null and status <> 'discarded' order by extract_id"
        ).fetchall()
    confirmed = {(row["name"], row["period"]): row["version"] for row in rows if row["status"] == "confirmed"}
    going = [path for row in rows for path in _past_its_days(row, confirmed, now) if path.exists()]
    going += [path for path in _leftovers() if now.timestamp() - path.stat().st_mtime > _LEFT.total_seconds()]
    for path in [] if dry_run else going:
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
    return len(going)


def throw_away(connection: ledger.Connection, row: dict[str, Any], *, by: str, why: str) -> None:
    """Discard a version and delete its files. The caller holds the lock of the extract."""
    if row["stem"] is not None:
        shutil.rmtree(package_folder(row), ignore_errors=True)
    ledger.move(
        connection, row["extract_id"], steps=("planned", "built", "released"), to="discarded", by=by,
        detail={"why": why},
    )  # fmt: skip
    # Nobody got it, so nobody was in it.
    connection.execute("delete from ops.extract_person where extract_id = %s", (row["extract_id"],))


def _forget(connection: ledger.Connection, row: dict[str, Any]) -> int:
    if row["status"] in ("built", "released"):
        throw_away(connection, row, by=_ERASURE, why="a person in it was erased")
        return 1
    folder = package_folder(row)
    if row["status"] not in ledger.DELIVERED or row["specification"]["level"] != "persons" or not folder.exists():
        return 0
    shutil.rmtree(folder)
    ledger.note(connection, row["extract_id"], "copy_deleted", _ERASURE)
    return 1


def _past_its_days(row: dict[str, Any], confirmed: dict[tuple[str, str], int], now: datetime) -> Iterator[Path]:
    age = now - row["built_at"]
    if row["kind"] == "trial":
        if age > timedelta(days=TRIAL_DAYS):
            yield package_folder(row)
        return
    # Refused, or never answered, and a later version has arrived: nobody sends it again.
    if row["status"] in ledger.DELIVERED and row["version"] <= confirmed.get((row["name"], row["period"]), 0):
        for ending in (*SENT, MARKER):
            yield package_folder(row) / f"{row['stem']}{ending}"
        if age > timedelta(days=row["specification"]["retention_days"]):
            yield kept_copy(row)


def _leftovers() -> Iterator[Path]:
    """What a run that was killed left in the outbox: no version has a name that begins with a dot."""
    outbox = get_settings().outbox
    for folder in (outbox, *outbox.iterdir()):
        if folder.is_dir() and not folder.name.startswith("."):
            yield from folder.glob(".*")
