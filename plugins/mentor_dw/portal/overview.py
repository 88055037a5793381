"""Everything `mentor-dw status` shows, as one JSON-able object (fixed names, docs/naming.md)."""

from __future__ import annotations

from typing import Any

from mentor_dw.config import get_settings
from mentor_dw.database import connect
from mentor_dw.delivery.flow_calendar import ledger_rows
from mentor_dw.feeds import load_feed, sources
from mentor_dw.freshness import freshness
from mentor_dw.ledger import alerts, builds, listing
from mentor_dw.ledger.persons import candidate_warnings
from mentor_dw.ledger.purpose import missing_persons
from mentor_dw.local.installation import state
from mentor_dw.masking import mask_cpr
from mentor_dw.reading.inbox import UPLOADING, waiting


def overview() -> dict[str, Any]:
    """Lists `alerts` (open), `freshness` (by source), `deliveries`, `quarantine`, `builds`, `extracts`, `warnings`,
    `drift`, `in_progress`, `late`, `inbox`; `installation` says what runs.

    No personal value. Raises MentorDwError when there is no installation or the database does not answer.
    """
    with connect("operator") as connection:
        every = listing.deliveries_as_json(connection)
        fresh = freshness(connection)
        return {
            "installation": state(),
            "alerts": [listing.as_json(row) for row in alerts.listing(connection)],
            "freshness": [one.as_json() for one in fresh],
            "deliveries": [row for row in every if row["status"] != "received"],
            "in_progress": [row for row in every if row["status"] == "received"],
            "quarantine": listing.quarantine_as_json(connection),
            "builds": builds.builds_as_json(connection),
            "extracts": ledger_rows(),
            "warnings": [
                *listing.warnings(connection),
                *candidate_warnings(connection),
                *missing_persons(connection),
            ],
            "drift": listing.drift(connection),
            "late": [one.line() for one in fresh if one.late_since is not None],
            "inbox": inbox_lines(),
        }


def inbox_lines(*, waiting_too: bool = True) -> list[str]:
    """One line per file in the inbox that will not be taken, and why; with `waiting_too` also those that will."""
    settings = get_settings()
    lines = []
    for source in sources():
        folder = settings.inbox / source
        seen = waiting(load_feed(source), folder, settings.settle_seconds)
        if waiting_too:
            lines += [f"inbox/{source}: {file.name} waits" for file in (*seen.ready, *seen.unsettled)]
        lines += [f"inbox/{source}: {name} is no delivery name and is left alone" for name in seen.unrecognised]
        lines += [
            f"inbox/{source}: {mask_cpr(path.name)} is an upload in progress and is left alone until it is renamed"
            for path in sorted(folder.glob(f"*{UPLOADING}"))
        ]
    for folder in sorted(path for path in settings.inbox.iterdir() if path.is_dir()):
        if folder.name not in sources():
            count = sum(1 for path in folder.iterdir() if not path.name.endswith((".sha256", ".part")))
            if count:
                lines.append(f"inbox/{mask_cpr(folder.name)}: {count} files wait; there is no feed for this source yet")
    return lines
