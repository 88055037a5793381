"""Commands for whoever runs the house: what is wrong now, whether alerts arrive, who did what, numbers to watch."""

from __future__ import annotations

import getpass
from datetime import datetime
from typing import Annotated, Any

import typer

from mentor_dw.cli.asking import without_cpr
from mentor_dw.cli.output import console, print_json, print_table, print_text, say, say_aside
from mentor_dw.config import COPENHAGEN
from mentor_dw.errors import MentorDwError

Json = Annotated[bool, typer.Option("--json", help="as JSON")]
#: Exit code of `alerts --look` when something is wrong, so that a timer of another system can tell.
SOMETHING_IS_WRONG = 3


def register(app: typer.Typer) -> None:
    """Add the commands of this module to `app`."""
    app.command()(alerts)
    app.command("alert-done")(alert_done)
    app.command("alert-test")(alert_test)
    app.command()(metrics)
    app.command()(audit)


def alerts(
    every: Annotated[bool, typer.Option("--all", help="those that are over as well, and who was told when")] = False,
    look: Annotated[
        bool, typer.Option("--look", help="look the house over first, and tell what began or ended")
    ] = False,
    as_json: Json = False,
) -> None:
    """What is wrong now, since when, and which page says what to do.

    The house looks itself over every five minutes; --look does it at once, and ends with 3 when something is wrong. Run
    by a timer of the machine (docs/alerts.md), it also notices that the house itself has stopped.
    """
    from mentor_dw.alerting.tell import look as look_over
    from mentor_dw.database import connect
    from mentor_dw.ledger import alerts as ledger
    from mentor_dw.ledger.listing import as_json as row_as_json

    if look:
        look_over("command", say_aside if as_json else say)
    with connect("operator") as connection:
        rows = [row_as_json(row) for row in ledger.listing(connection, every=every)]
    if as_json:
        print_json(rows)
    else:
        print_alerts("Alerts" if every else "Open alerts", rows, every=every)
    if look and any(row["is_open"] for row in rows):
        raise typer.Exit(SOMETHING_IS_WRONG)


def alert_done(
    alert: Annotated[int, typer.Argument(help="its number in `mentor-dw alerts`", show_default=False)],
    note: Annotated[str | None, typer.Option(help="what was done about it, in a few words; no CPR number")] = None,
    as_json: Json = False,
) -> None:
    """Say that an alert is seen to, where the house cannot know it by itself.

    Whoever was told of it is told that too. It is not raised again while the same state lasts. An alert whose state the
    house can see ends by itself, and cannot be ended like this.

    Example: mentor-dw alert-done 12 --note "The receiver has taken the wrong file away"
    """
    from mentor_dw.alerting.tell import done

    said = without_cpr("note", note, 'Add --note "what was done, in a few words".')
    row = done(alert, getpass.getuser(), said)
    if as_json:
        print_json({"alert_id": row["alert_id"], "kind": row["kind"], "subject": row["subject"], "note": said})
        return
    console.print(f"Alert {alert} ({row['kind']}, {row['subject']}) is seen to.", markup=False)


def alert_test(as_json: Json = False) -> None:
    """Send a test alert by every channel that the house was told of, and say what arrived where.

    The log always is a channel; mail and webhook are when their settings are there (docs/alerts.md).
    """
    from mentor_dw.alerting.tell import try_channels
    from mentor_dw.config import get_settings

    told = try_channels(get_settings(), say_aside)
    if as_json:
        print_json([{"channel": name, "error": error} for name, error in told.items()])
    else:
        print_table("Test alert", ("channel", "what became of it"), ((name, e or "sent") for name, e in told.items()))
    if failed := [name for name, error in told.items() if error]:
        raise MentorDwError(
            f"Nothing arrives by {' and '.join(failed)}.", "docs/runbooks/silent_channel.md says what to do."
        )


def metrics() -> None:
    """The numbers about the house in Prometheus' text format, counted now (docs/metrics.md).

    Housekeeping writes the same every five minutes to metrics/mentor_dw.prom in the home, or to MENTOR_DW_METRICS_FILE.
    """
    from mentor_dw.metrics.collector import as_text

    print_text(as_text())


def audit(
    since: Annotated[str | None, typer.Option(help="from this day on, or this moment (ISO 8601, Copenhagen)")] = None,
    who: Annotated[str | None, typer.Option(help="what this person, or airflow, did")] = None,
    as_json: Json = False,
) -> None:
    """Who did what: commands that change something, every decision in the ledgers, what was done on the Airflow page.

    The oldest first. Rows are added and never changed; docs/audit.md says what is in it and what is not.

    Example: mentor-dw audit --since 2026-11-01 --who anna
    """
    from mentor_dw.ledger.actions import audit_trail
    from mentor_dw.ledger.listing import as_json as row_as_json

    rows = [row_as_json(row) for row in audit_trail(_moment(since), who)]
    if as_json:
        print_json(rows)
        return
    print_table(
        "Who did what",
        ("when", "who", "what", "of what", "detail", "outcome"),
        (
            (row["at"][:19], *(row[name] for name in ("by_whom", "deed", "subject", "detail", "outcome")))
            for row in rows
        ),
    )


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise MentorDwError(f"{text} is no day or moment.", "Write it like 2026-11-01 or 2026-11-01T12:00.") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=COPENHAGEN)


def print_alerts(title: str, rows: list[dict[str, Any]], *, every: bool = False) -> None:
    """Alerts as a table; with `every` also when they were over and who was told."""
    more = ("over", "told") if every else ()
    print_table(
        title,
        ("no.", "since", "kind", "what", "what to do", *more),
        (
            (row["alert_id"], row["raised_at"][:16], row["kind"], row["line"], row["runbook"])
            + ((_over(row), _told(row["told"])) if every else ())
            for row in rows
        ),
    )


def _over(row: dict[str, Any]) -> str:
    if row["seen_at"]:
        return f"{row['seen_at'][:16]} {row['seen_by']}: {row['seen_note']}"
    return row["cleared_at"][:16] if row["cleared_at"] else ""


def _told(told: list[dict[str, Any]]) -> str:
    return ", ".join(f"{one['channel']} {'' if one['told_at'] else 'not '}{one['news']}" for one in told)
