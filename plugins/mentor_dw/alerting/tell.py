"""Look the house over, write down what began and what is over, and tell it by every channel that works.

Nothing here stops the work that called it: a channel that is down is tried again by the next look, and a database that
is down is itself the news, told past the ledger and entered when it answers again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Literal

from mentor_dw.alerting.channels import ChannelDown, channels
from mentor_dw.alerting.conditions import present, without_told_otherwise
from mentor_dw.alerting.kinds import KINDS
from mentor_dw.alerting.message import Message, of_found, of_row, runbook_shown
from mentor_dw.alerting.spool import forget_spool, keep_in_spool, read_spool
from mentor_dw.config import COPENHAGEN, Settings, get_settings
from mentor_dw.database import connect
from mentor_dw.errors import DatabaseTrouble, MentorDwError
from mentor_dw.ledger import alerts as ledger
from mentor_dw.ledger.alerts import Changes, Found, Row

Say = Callable[[str], object]
Looker = Literal["housekeeping", "command", "task"]

_SEVERITIES = {kind.code: kind.severity for kind in KINDS.values()}


def look(looker: Looker, say: Say = print, extra: Sequence[Found] = ()) -> Changes:
    """Look the house over; what was raised and what is over. `extra` holds although nobody may see it yet.

    Raises DatabaseTrouble when the database does not answer; that is told first.
    """
    settings = get_settings()
    try:
        changes = _compare(settings, looker, say, extra)
    except DatabaseTrouble as trouble:
        noticed = f" First noticed by {extra[0].subject}." if extra else ""
        _tell_past_the_ledger(
            settings, Found("silent_database", "warehouse", f"The database does not answer.{noticed}"), say
        )
        raise trouble
    for row in changes.raised:
        say(f"Alert: {line_of(row)}")
    for row in changes.cleared:
        say(f"Over: {row['kind']} ({row['subject']})")
    tell_waiting(settings, say)
    return changes


def line_of(row: Row) -> str:
    """An alert in a line, with its runbook."""
    return f"{row['line']} See {runbook_shown(row['runbook'])}."


def after_failure(dag_id: str, task_id: str, say: Say = print) -> None:
    """Tell at once that a task failed for good. Never raises what the database or a channel has to say."""
    from mentor_dw.alerting.house import TELLING, failed_task

    extra = [] if task_id in TELLING else [failed_task(dag_id, task_id)]
    try:
        look("task", say, extra)
    except DatabaseTrouble as trouble:
        say(f"The alert is not in the ledger yet: {trouble.message}")
    except MentorDwError as error:
        # Not even an answer: no installation, a right that is missing. Whoever can be told is told.
        say(f"The house could not be looked over: {error.message}")
        for one in extra:
            _tell_past_the_ledger(get_settings(), one, say)


def done(alert_id: int, by: str, note: str, say: Say = print) -> Row:
    """Note that somebody has seen to an alert, and tell it. Raises MentorDwError when only its state can end it."""
    settings = get_settings()
    with connect("loader") as connection:
        row = ledger.seen(connection, alert_id, by, note, channels(settings))
        kind = KINDS.get(row["kind"])
        if kind is not None and not kind.by_person:
            raise MentorDwError(
                f"Alert {alert_id} ends by itself when {row['subject']} is well again.", f"See {row['runbook']}."
            )
    tell_waiting(settings, say)
    return row


def tell_waiting(settings: Settings, say: Say = print) -> None:
    """Tell what is written down and not told yet. A channel that fails is left alone until the next call."""
    ways = channels(settings)
    while ways:
        with connect("loader") as connection:
            row = ledger.next_to_tell(connection, ways)
            if row is None:
                return
            error = _tell(settings, row["channel"], of_row(row))
            ledger.told(connection, row, error)
        if error is not None:
            say(f"Alerts by {row['channel']}: {error}")
            del ways[row["channel"]]


def try_channels(settings: Settings, say: Say = print) -> dict[str, str | None]:
    """Send a test message by every channel; by channel None, or why it did not arrive.

    What waited for one that works is told at once.
    """
    now = datetime.now(COPENHAGEN)
    message = Message(
        "test", "test", "alert-test", "Somebody tries whether alerts arrive.", "warning", "docs/alerts.md", now, now
    )
    told = {name: _tell(settings, name, message) for name in channels(settings)}
    try:
        with connect("loader") as connection:
            ledger.try_again(connection, [name for name, error in told.items() if error is None])
        tell_waiting(settings, say)
    except MentorDwError as error:
        say(f"What waits to be told could not be looked for: {error.message}")
    return told


def _compare(settings: Settings, looker: Looker, say: Say, extra: Sequence[Found]) -> Changes:
    with connect("loader") as connection:
        if looker != "task":
            ledger.looked(connection, looker)
    with connect("operator") as connection:
        seen = present(connection, settings)
    for line in seen.trouble:
        say(f"Not looked at: {line}")
    found = list(without_told_otherwise([*seen.found, *extra]))
    with connect("loader") as connection:
        spooled = read_spool(settings)
        for one in spooled:
            ledger.enter(connection, one.found, _SEVERITIES[one.found.kind], one.raised_at, one.told)
        changes = ledger.compare(connection, found, seen.looked_at, _SEVERITIES, channels(settings))
    if spooled:
        forget_spool(settings)
    return changes


def _tell_past_the_ledger(settings: Settings, found: Found, say: Say) -> None:
    """Tell `found` by the channels that have not taken it yet, and remember that they did."""
    before = next((one.told for one in read_spool(settings) if one.found.key == found.key), {})
    waiting = [name for name in channels(settings) if before.get(name, "not yet") is not None]
    if not waiting:
        return
    told = before | {name: _tell(settings, name, of_found(found, datetime.now(COPENHAGEN))) for name in waiting}
    for name in waiting:
        if told[name]:
            say(f"Alerts by {name}: {told[name]}")
    keep_in_spool(settings, found, told)


def _tell(settings: Settings, channel: str, message: Message) -> str | None:
    try:
        channels(settings)[channel](settings, message)
    except ChannelDown as error:
        return error.message
    return None
