"""Which states hold now that somebody must know of: every kind has one place that looks for it.

A look that cannot be made (Airflow's database is not there, say) clears nothing: its kinds are not among those that
were looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from mentor_dw.alerting import house, warehouse
from mentor_dw.config import COPENHAGEN, Settings, get_settings
from mentor_dw.delivery.alerts import EXTRACT_KINDS, found_in_extracts
from mentor_dw.errors import MentorDwError
from mentor_dw.freshness import freshness
from mentor_dw.ledger.alerts import Connection, Found

Look = Callable[[Connection, Settings], Iterator[Found]]


def _late(connection: Connection, settings: Settings) -> Iterator[Found]:
    for one in freshness(connection):
        if one.late_since is not None:
            yield Found("late_delivery", one.source, f"{one.line()}. It is late since {one.late_since.isoformat()}.")


def _extracts(connection: Connection, settings: Settings) -> Iterator[Found]:
    yield from found_in_extracts(connection, datetime.now(COPENHAGEN).date())


#: Where each kind is looked for.
LOOKS: tuple[tuple[tuple[str, ...], Look], ...] = (
    (("refused_delivery",), warehouse.refused_deliveries),
    (("late_delivery",), _late),
    (("high_quarantine",), warehouse.high_quarantine),
    (("schema_drift",), warehouse.schema_drift),
    (("failed_build", "failed_publish"), warehouse.builds),
    (EXTRACT_KINDS, _extracts),
    (("failed_backup", "old_backup"), warehouse.backups),
    (("disk_nearly_full",), house.full_disks),
    (("unwritable_file",), house.unwritable_files),
    (("silent_part",), house.silent_parts),
    (("silent_housekeeping",), house.silent_housekeeping),
    (("silent_channel",), house.silent_channels),
    (("failed_task",), house.failed_tasks),
)


@dataclass
class Seen:
    """What a look found, of which kinds, and what it could not look at, a line each."""

    found: list[Found] = field(default_factory=list)
    looked_at: set[str] = field(default_factory=set)
    trouble: list[str] = field(default_factory=list)


def present(connection: Connection, settings: Settings | None = None) -> Seen:
    """The states that hold now; `connection` is one of the role operator."""
    settings, seen = settings or get_settings(), Seen(looked_at={"silent_database"})
    for kinds, look in LOOKS:
        try:
            with connection.transaction():
                found = list(look(connection, settings))
        except house.NotThere:
            continue
        except MentorDwError as error:
            # Airflow's database, say, may be gone without ours.
            seen.trouble.append(f"{', '.join(kinds)}: {error.message}")
            continue
        seen.found += found
        seen.looked_at.update(kinds)
    seen.found = list(without_told_otherwise(seen.found))
    return seen


def without_told_otherwise(found: list[Found]) -> Iterator[Found]:
    """Without failed tasks whose failure another alert tells better: what they were to build or to send."""
    subjects = {"build_warehouse": {one.subject for one in found if one.kind in ("failed_build", "failed_publish")}}
    extracts = {one.subject.split(" ")[0] for one in found if one.kind in EXTRACT_KINDS}
    for one in found:
        dag = one.subject.split(".")[0]
        told = subjects.get(dag) or dag.removeprefix("extract_") in extracts
        if one.kind != "failed_task" or not told:
            yield one
