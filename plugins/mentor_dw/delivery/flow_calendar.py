"""What the ledger and the calendar say together: what is due when, what waits, what goes out when it is released."""

from __future__ import annotations

from datetime import date
from typing import Any

from mentor_dw.database import connect
from mentor_dw.delivery.flow_places import today_here
from mentor_dw.delivery.specification.deadlines import deadline, period_due, ready_day
from mentor_dw.delivery.specification.read import read_specification, specifications
from mentor_dw.ledger import extracts as ledger
from mentor_dw.ledger.listing import local_time


def calendar(today: date | None = None) -> list[dict[str, Any]]:
    """For each extract: name, title, receiver, cadence, period_due and its step (None: not planned), and of the period
    after it next_period, next_ready, next_deadline. Days as text."""
    today = today or today_here()
    lines = []
    with connect("operator") as connection:
        for name in specifications():
            spec = read_specification(name)
            due = period_due(spec, today)
            newest = ledger.versions(connection, name, due.text)
            lines.append(
                {
                    "name": name,
                    "title": spec.title,
                    "receiver": spec.receiver,
                    "cadence": spec.cadence,
                    "period_due": due.text,
                    "step": newest[-1]["status"] if newest else None,
                    "next_period": due.next().text,
                    "next_ready": ready_day(spec, due.next()).isoformat(),
                    "next_deadline": deadline(spec, due.next()).isoformat(),
                }
            )
    return lines


def ledger_rows(*, every: bool = True, today: date | None = None) -> list[dict[str, Any]]:
    """The ledger as JSON; without `every`, deliveries that were not discarded."""
    with connect("operator") as connection:
        rows = ledger.extracts_as_json(connection, today or today_here())
    return [row for row in rows if every or (row["kind"] == "delivery" and row["step"] != "discarded")]


def review(name: str, period: str) -> dict[str, Any]:
    """What would go out: stem, receiver, files, rows, suppression by table, missing_areas, replaces, envelope_sha256.

    Raises MentorDwError when nothing of the period waits for release.
    """
    with connect("operator") as connection:
        row = ledger.waiting_for_release(connection, name, period)
        replaces = ledger.by_id(connection, row["replaces"])["version"] if row["replaces"] else None
    shown = ("stem", "receiver", "rows", "is_empty", "missing_areas", "why", "built_by", "envelope_sha256")
    return {one: row[one] for one in shown} | {
        "files": row["files"],
        "suppression": row["suppression"]["tables"],
        "replaces": replaces,
        "as_known_at": local_time(row["as_known_at"]),
        "deadline": row["deadline"].isoformat() if row["deadline"] else None,
    }
