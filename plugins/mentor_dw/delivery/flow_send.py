"""What is released goes to its receiver, and the receiver's kvitteringer come back; the ledger tells both.

The step in the ledger comes last: a run that is killed in between is repeated, and what lies at the receiver is found
there (transport/send.py).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from psycopg.types.json import Jsonb

from mentor_dw.backup.journal import note_sending
from mentor_dw.config import COPENHAGEN
from mentor_dw.database import connect
from mentor_dw.delivery.flow_fit import must_be_fit
from mentor_dw.delivery.flow_lock import extract_lock
from mentor_dw.delivery.flow_places import AIRFLOW, MARKER, SENT, package_folder, today_here
from mentor_dw.delivery.specification.deadlines import receipt_due
from mentor_dw.delivery.specification.model import Specification
from mentor_dw.delivery.transport.connection import read_connection
from mentor_dw.delivery.transport.receipts import RawReceipt, Receipt, ReceiptUnreadable, fetch_receipts, parse_receipt
from mentor_dw.delivery.transport.send import send
from mentor_dw.errors import MentorDwError
from mentor_dw.ledger import extracts as ledger
from mentor_dw.reading.archive import sha256_of
from mentor_dw.trouble import shortage_in_words

Say = Callable[[str], None]

#: After its n-th failure a version waits n times so long before it is tried again by itself, at most an hour.
PAUSE = timedelta(minutes=5)
LONGEST_PAUSE = timedelta(hours=1)

_ATTEMPTS = """
    select count(*) as attempts, max(at) as newest
    from ops.extract_event
    where extract_id = %s and event = 'sending_failed'
"""


@shortage_in_words()
def send_released(name: str | None = None, *, patient: bool = False, by: str = AIRFLOW, say: Say = print) -> list[int]:
    """Send every released version, of one extract or of all, the oldest first; those that were sent.

    One that cannot be sent does not keep the others; the first trouble is raised when all were tried. With `patient`,
    trouble is only written down (delivery/alerts.py tells it), and what failed a moment ago waits.
    """
    with connect("delivery") as connection:
        released = ledger.in_step(connection, ("released",), name)
    sent, trouble = [], None
    for row in released:
        try:
            with extract_lock(row["name"]):
                if _send(row["extract_id"], patient, by, say):
                    sent.append(row["extract_id"])
        except MentorDwError as error:
            say(f"{ledger.in_words(row)} was not sent: {error}")
            trouble = trouble or error
    if trouble is not None and not patient:
        raise trouble
    return sent


def read_receipts(*, by: str = AIRFLOW, say: Say = print) -> int:
    """Read the kvitteringer of every receiver that owes one; how many were new. A receiver without an answer waits."""
    with connect("delivery") as connection:
        receivers = sorted({row["receiver"] for row in ledger.in_step(connection, ("sent",))})
    new = 0
    for receiver in receivers:
        try:
            found = fetch_receipts(read_connection(receiver))
        except MentorDwError as error:
            say(f"The kvitteringer of {receiver} could not be read: {error}")
            continue
        new += sum(_receipt(receiver, one, by, say) for one in found)
    return new


def _send(extract_id: int, patient: bool, by: str, say: Say) -> bool:
    with connect("delivery") as connection:
        row = ledger.by_id(connection, extract_id)
        failed = connection.execute(_ATTEMPTS, (extract_id,)).fetchone()
    if row["status"] != "released" or (patient and _was_tried(failed)):
        return False
    try:
        must_be_fit(row)
        folder, stem = package_folder(row), row["stem"]
        files = [folder / f"{stem}{ending}" for ending in SENT]
        if not files[0].is_file() or sha256_of(files[0]) != row["envelope_sha256"]:
            raise MentorDwError(
                f"The package of {ledger.in_words(row)} in the outbox is not the one that was built.",
                "Discard it and build it anew, and find out who changed it.",
            )
        to = read_connection(row["receiver"])
        with connect("delivery") as connection:
            ledger.note(connection, extract_id, "sending", by, {"to": to.where})
            # Not told outside of the house, a restore would give its number to another content.
            note_sending(connection, extract_id)
        send(to, files, folder / f"{stem}{MARKER}", say)
    except MentorDwError as error:
        with connect("delivery") as connection:
            ledger.trouble(connection, extract_id, "sending_failed", by, str(error))
        raise
    spec = Specification.model_validate(row["specification"])
    with connect("delivery") as connection:
        ledger.move(
            connection, extract_id, steps=("released",), to="sent", by=by, detail={"to": to.where},
            sent_at=datetime.now(COPENHAGEN), receipt_due=receipt_due(spec, today_here()),
        )  # fmt: skip
    say(f"{ledger.in_words(row)} is sent; the kvittering of {row['receiver']} is awaited.")
    return True


def _was_tried(failed: dict[str, Any] | None) -> bool:
    """Whether it failed so short a time ago that it waits."""
    if failed is None or failed["newest"] is None:
        return False
    return datetime.now(COPENHAGEN) < failed["newest"] + min(failed["attempts"] * PAUSE, LONGEST_PAUSE)


def _receipt(receiver: str, raw: RawReceipt, by: str, say: Say) -> bool:
    """Take note of one kvittering, once; whether it was new."""
    sha256 = hashlib.sha256(raw.content).hexdigest()
    with connect("delivery") as connection:
        # Two runs that read the same one at once: the second waits here and finds it.
        connection.execute("select pg_advisory_xact_lock(hashtextextended(%s, 0))", (f"mentor_dw receipts {receiver}",))
        known = connection.execute(
            "select 1 as found from ops.receipt where receiver = %s and file_name = %s and sha256 = %s",
            (receiver, raw.file_name, sha256),
        ).fetchone()
        if known:
            return False
        try:
            told = parse_receipt(raw.content)
        except ReceiptUnreadable as error:
            _keep(connection, receiver, raw, sha256, "unreadable", None, {"why": error.message})
            say(f"A kvittering of {receiver} cannot be read ({raw.file_name}): {error.message}")
            return True
        row = connection.execute(
            "select * from ops.extract"
            " where receiver = %s and stem = %s and kind = 'delivery' and status <> 'discarded'",
            (receiver, told.package),
        ).fetchone()
        detail = {"package": told.package, "received_at": told.received_at.isoformat(), "reason": told.reason}
        if row is None or row["envelope_sha256"] != told.sha256 or row["status"] not in (*ledger.DELIVERED, "released"):
            extract_id = row["extract_id"] if row else None
            why = "another package than ours" if row is None else "another content than ours"
            _keep(connection, receiver, raw, sha256, "not_ours", extract_id, detail | {"why": why})
            say(f"A kvittering of {receiver} is about {why} ({raw.file_name}).")
            return True
        if row["status"] == "released":
            # It arrived before the ledger said that it was sent; it will be sent again, and found there.
            return False
        _keep(connection, receiver, raw, sha256, told.outcome, row["extract_id"], detail)
        _answered(connection, row, told, by)
    say(f"{ledger.in_words(row)}: {receiver} has {told.outcome} it.")
    return True


def _answered(connection: ledger.Connection, row: dict[str, Any], told: Receipt, by: str) -> None:
    """The newest answer counts: a receiver may refuse what it had accepted, and the other way round."""
    to = "confirmed" if told.outcome == "accepted" else "refused"
    if to == row["status"]:
        return
    answer: dict[str, Any] = {"answered_at": datetime.now(COPENHAGEN)}
    if to == "confirmed":
        answer["delivered_at"] = told.received_at
    detail = {"received_at": told.received_at.isoformat(), "reason": told.reason}
    ledger.move(connection, row["extract_id"], steps=ledger.DELIVERED, to=to, by=by, detail=detail, **answer)
    if to == "refused":
        connection.execute(
            "update ops.extract set error = %s where extract_id = %s",
            (told.reason or "The receiver gives no reason.", row["extract_id"]),
        )


def _keep(
    connection: ledger.Connection,
    receiver: str,
    raw: RawReceipt,
    sha256: str,
    outcome: str,
    extract_id: int | None,
    told: dict[str, Any],
) -> None:
    connection.execute(
        "insert into ops.receipt (extract_id, receiver, file_name, sha256, outcome, told)"
        " values (%s, %s, %s, %s, %s, %s)",
        (extract_id, receiver, raw.file_name, sha256, outcome, Jsonb(told)),
    )
