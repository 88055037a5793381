"""What time does: released extracts go, answers come, files past their days go, alerts are told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, time, timedelta

from mentor_dw.backup.journal import note_decisions
from mentor_dw.config import COPENHAGEN, get_settings
from mentor_dw.database import connect
from mentor_dw.errors import MentorDwError
from mentor_dw.ledger.access import collect
from mentor_dw.local.postgres import server_log
from mentor_dw.privacy.erasure import finish_erasures
from mentor_dw.privacy.retention import carry_out, tell
from mentor_dw.trouble import shortage_in_words
from mentor_dw.warehouse.scratch import drop_leftover_scratch_schemas

#: The night work begins in these hours of Copenhagen. A machine that sleeps then does it when it has waited too long.
NIGHT = (time(2, 30), time(5, 0))
_TOO_LONG = timedelta(hours=36)


@shortage_in_words()
def look_after(say: Callable[[str], None]) -> list[str]:
    """Send what is released, read kvitteringer, look the house over; a line for each alert that began.

    Whatever fails on the way, the house is looked over.
    """
    # The night's work needs neither SSH nor a calendar.
    from mentor_dw.alerting.tell import line_of, look
    from mentor_dw.delivery.flow_send import read_receipts, send_released
    from mentor_dw.lineage_events.follow import tell_lineage

    try:
        note_decisions()
    except MentorDwError as error:
        # What goes out is noted by itself, and does not go out when it cannot be.
        say(str(error))
    try:
        send_released(patient=True, by="housekeeping", say=say)
        read_receipts(by="housekeeping", say=say)
    finally:
        changes = look("housekeeping", say)
        keep_metrics(say)
        tell_lineage(get_settings(), say)
    return [line_of(row) for row in changes.raised]


def keep_metrics(say: Callable[[str], None]) -> None:
    """Write the numbers for Prometheus. A file that cannot be written is an alert (unwritable_file), no failure."""
    from mentor_dw.metrics.collector import write_metrics

    try:
        write_metrics(get_settings())
    except OSError as error:
        say(f"The metrics could not be written ({error.strerror}).")


def tell_alerts(lines: list[str]) -> None:
    """Raise MentorDwError with the lines, when there are any, so that Airflow shows them."""
    if lines:
        raise MentorDwError(" ".join(lines), "`mentor-dw alerts` shows what is open.")


def night_work_is_due(now: datetime | None = None) -> bool:
    """Whether this night's work is to be done: it is night and it was not, or it was not for more than a day."""
    now = (now or datetime.now(COPENHAGEN)).astimezone(COPENHAGEN)
    with connect("operator") as connection:
        row = connection.execute(
            "select max(w.night) as night, coalesce(max(w.done_at), min(v.applied_at)) as since"
            " from ops.schema_version as v left join ops.night_work as w on true"
        ).fetchone()
    assert row is not None
    if NIGHT[0] <= now.time() < NIGHT[1]:
        return row["night"] != now.date()
    return now - row["since"] > _TOO_LONG


@shortage_in_words()
def let_go(say: Callable[[str], None]) -> dict[str, int]:
    """Delete what is past its days (privacy/keeping.py) and schemas that a crash left behind; how much, by place.

    An erasure that a crash cut off is finished first, and reads about persons are brought into their ledger.
    """
    finish_erasures(say)
    say(f"reads about persons: {collect(server_log(get_settings()))} entered")
    with connect("transformer", autocommit=True) as connection:
        scratch_schemas = drop_leftover_scratch_schemas(connection)
    say(f"scratch_schemas: {scratch_schemas} deleted")
    due = carry_out(get_settings(), dry_run=False)
    tell(due, say)
    with connect("loader") as connection:
        connection.execute(
            "insert into ops.night_work (night) values (%s) on conflict do nothing", (datetime.now(COPENHAGEN).date(),)
        )
    return {"scratch_schemas": scratch_schemas} | {one.place: one.items for one in due}
