"""What somebody must be told about an extract: the states that last until somebody acts (alerting/).

The listing (`mentor-dw extracts`) shows a state for as long as it lasts; an alert says when it began and when it ended.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from mentor_dw.delivery.specification.deadlines import is_working_day
from mentor_dw.ledger import extracts as ledger
from mentor_dw.ledger.alerts import Found

#: What the alert of a state says, filled in with the ledger's row; the order is that in which states are told.
ALERTS = {
    "planned_late": "is planned since {created_at:%Y-%m-%d} and not built; due {deadline}",
    "build_failed": "could not be built: {error}",
    "refused_by_disclosure": "may not be told: {error}",
    "not_released": "is built and not released; due {deadline}",
    "sending_failed": "could not be sent: {error}",
    "overdue": "is overdue: it was due {deadline} and is {status}",
    "no_receipt": "was sent, and its kvittering was due {receipt_due}",
    "refused_by_receiver": "was refused by {receiver}: {error}",
}
#: The same of kvitteringer that say nothing of a delivery of ours.
RECEIPTS = {
    "unreadable": "A kvittering of {receiver} cannot be read ({file_name}).",
    "not_ours": "A kvittering of {receiver} is about something we did not send ({file_name}).",
}
#: The kinds of alerting/kinds.py that are looked for here.
EXTRACT_KINDS = (*(f"extract_{state}" for state in ALERTS), *(f"receipt_{outcome}" for outcome in RECEIPTS))

#: A kvittering that was replaced under the same name has been seen to.
_BAD_RECEIPTS = """
    select receipt_id, receiver, file_name, outcome
    from ops.receipt as r
    where
        outcome = any(%s)
        and not exists (
            select from ops.receipt as later
            where later.receiver = r.receiver and later.file_name = r.file_name and later.receipt_id > r.receipt_id
        )
    order by receipt_id
"""
#: A refused version has been seen to when a later one of the period went out.
_REPLACED = """
    select exists (
        select from ops.extract
        where
            name = %(name)s and period = %(period)s and kind = 'delivery' and version > %(version)s
            and status in ('sent', 'confirmed', 'refused')
    ) as is_replaced
"""


def found_in_extracts(connection: ledger.Connection, today: date) -> Iterator[Found]:
    """The states of extracts and kvitteringer that somebody must know of now."""
    yield from _of_versions(connection, today)
    yield from _of_receipts(connection)


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


def _of_versions(connection: ledger.Connection, today: date) -> Iterator[Found]:
    for row in ledger.in_step(connection, ("planned", "built", "released", "sent", "refused")):
        told = ledger.events(connection, row["extract_id"])
        trouble = next((one["event"] for one in reversed(told) if one["event"] in ALERTS), None)
        for state in states_of(row, trouble, today):
            if state == "refused_by_receiver" and _is_replaced(connection, row):
                continue
            said = ALERTS[state].format_map(row | {"error": shortened(row["error"])})
            yield Found(f"extract_{state}", ledger.in_words(row), f"{ledger.in_words(row)} {said}")


def _is_replaced(connection: ledger.Connection, row: dict[str, Any]) -> bool:
    found = connection.execute(_REPLACED, row).fetchone()
    return bool(found and found["is_replaced"])


def _of_receipts(connection: ledger.Connection) -> Iterator[Found]:
    for row in connection.execute(_BAD_RECEIPTS, (list(RECEIPTS),)).fetchall():
        line = RECEIPTS[row["outcome"]].format_map(row)
        yield Found(f"receipt_{row['outcome']}", f"{row['receiver']} {row['receipt_id']}", line)


def shortened(text: str | None, most: int = 200) -> str:
    """An error as long as a line may be; the whole of it stands in the ledger."""
    return text if text and len(text) <= most else f"{(text or '')[: most - 1]}…"


def _working_day_before(day: date) -> date:
    before = day - timedelta(days=1)
    while not is_working_day(before):
        before -= timedelta(days=1)
    return before
