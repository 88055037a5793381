"""What somebody must be told about an extract, said once for each state: by housekeeping, as a red task and a log line.

The listing (`mentor-dw extracts`) shows a state for as long as it lasts; an alert says that it began.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from mentor_dw.database import connect
from mentor_dw.delivery.specification.deadlines import is_working_day
from mentor_dw.ledger import extracts as ledger

ALERT = "alert"


@dataclass(frozen=True)
class Alert:
    """What a state's alert says: `line` is filled in with the ledger's row, `runbook` says what to do."""

    line: str
    runbook: str


_OVERDUE = "docs/runbooks/extract_overdue.md"
_BY_RECEIVER = "docs/runbooks/extract_refused_by_receiver.md"
_BY_DISCLOSURE = "docs/runbooks/extract_refused_by_disclosure.md"
_NOT_CONFIRMED = "docs/runbooks/delivery_not_confirmed.md"

#: By state; the order is that in which a version's states are told.
ALERTS = {
    "planned_late": Alert("is planned since {created_at:%Y-%m-%d} and not built; due {deadline}", _OVERDUE),
    "build_failed": Alert("could not be built: {error}", _OVERDUE),
    "refused_by_disclosure": Alert("may not be told: {error}", _BY_DISCLOSURE),
    "not_released": Alert("is built and not released; due {deadline}", _OVERDUE),
    "sending_failed": Alert("could not be sent: {error}", _NOT_CONFIRMED),
    "overdue": Alert("is overdue: it was due {deadline} and is {status}", _OVERDUE),
    "no_receipt": Alert("was sent, and its kvittering was due {receipt_due}", _NOT_CONFIRMED),
    "refused_by_receiver": Alert("was refused by {receiver}: {error}", _BY_RECEIVER),
}
#: The same of kvitteringer that say nothing of a delivery of ours.
RECEIPTS = {
    "unreadable": Alert("A kvittering of {receiver} cannot be read ({file_name}).", _NOT_CONFIRMED),
    "not_ours": Alert("A kvittering of {receiver} is about something we did not send ({file_name}).", _NOT_CONFIRMED),
}


def new_alerts(today: date) -> list[str]:
    """What has to be told since the last call, a line each; the ledger notes that it was told."""
    with connect("delivery") as connection:
        return [*_of_versions(connection, today), *_of_receipts(connection)]


def states_of(row: dict[str, Any], trouble: str | None, today: date) -> Iterator[str]:
    """The states of a version that somebody must know. `trouble` is the newest event that says what went wrong."""
    due, step = row["deadline"], row["status"]
    if step == "planned":
        if row["error"] is not None and trouble is not None:
            yield trouble
        elif (today - row["created_at"].date()).days >= 1:
            yield "planned_late"
    if step == "built" and due is not None and today >= _working_day_before(due):
        yield "not_released"
    if step == "released" and row["error"] is not None:
        yield "sending_failed"
    if step in ("planned", "built", "released") and due is not None and today > due:
        yield "overdue"
    if step == "sent" and row["receipt_due"] is not None and today > row["receipt_due"]:
        yield "no_receipt"
    if step == "refused":
        yield "refused_by_receiver"


def _of_versions(connection: ledger.Connection, today: date) -> Iterator[str]:
    for row in ledger.in_step(connection, ("planned", "built", "released", "sent", "refused")):
        told = ledger.events(connection, row["extract_id"])
        trouble = next((one["event"] for one in reversed(told) if one["event"] in ALERTS), None)
        known = {one["detail"]["state"] for one in told if one["event"] == ALERT}
        for state in states_of(row, trouble, today):
            if state not in known:
                alert = ALERTS[state]
                ledger.note(connection, row["extract_id"], ALERT, "housekeeping", {"state": state})
                said = alert.line.format_map(row | {"error": shortened(row["error"])})
                yield f"{ledger.in_words(row)} {said} See {alert.runbook}."


def _of_receipts(connection: ledger.Connection) -> Iterator[str]:
    rows = connection.execute(
        "update ops.receipt set alerted_at = clock_timestamp() where alerted_at is null and outcome = any(%s)"
        " returning extract_id, receiver, file_name, outcome",
        (list(RECEIPTS),),
    ).fetchall()
    for row in rows:
        if row["extract_id"] is not None:
            ledger.note(connection, row["extract_id"], ALERT, "housekeeping", {"state": f"receipt_{row['outcome']}"})
        alert = RECEIPTS[row["outcome"]]
        yield f"{alert.line.format_map(row)} See {alert.runbook}."


def shortened(text: str | None, most: int = 200) -> str:
    """An error as long as a line may be; the whole of it stands in the ledger."""
    return text if text and len(text) <= most else f"{(text or '')[: most - 1]}…"


def _working_day_before(day: date) -> date:
    before = day - timedelta(days=1)
    while not is_working_day(before):
        before -= timedelta(days=1)
    return before
