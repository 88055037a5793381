"""Commands about deliveries: generate, load, check, quarantine, report, changes."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from mentor_dw.cli.deciding import NAMED, Delivery, Json
from mentor_dw.cli.output import console, print_json, print_table, print_text, say
from mentor_dw.errors import MentorDwError


def register(app: typer.Typer) -> None:
    """Add the commands of this module to `app`."""
    for command in (generate, load, check, quarantine, report, changes):
        app.command()(command)


def generate(
    out: Annotated[Path, typer.Option(help="folder to write to; one folder per source is made in it")],
    seed: Annotated[int, typer.Option(help="other seeds give other people, the same numbers")] = 1,
    scale: Annotated[float, typer.Option(help="multiplies the population; 1 meets the published numbers")] = 1.0,
    accidents: Annotated[bool, typer.Option("--accidents", help="plant bad rows and bad files of every kind")] = False,
) -> None:
    """Write sample deliveries, of people who do not exist (replacement numbers, day 61-91).

    Example: mentor-dw generate --out sample, then copy sample/webreg/* to the inbox.
    """
    from mentor_dw.sample import generate as write

    for path in write(out, seed=seed, scale=scale, accidents=accidents):
        print_text(str(path))


def load(
    wait: Annotated[
        bool, typer.Option("--wait", help="show progress until a build that holds every delivery taken is published")
    ] = False,
    timeout: Annotated[int, typer.Option(min=1, help="give up waiting after so many seconds; the work goes on")] = 3600,
) -> None:
    """Have Airflow take what lies in the inbox now, instead of within a minute.

    Exit 0; 2 when a delivery was refused (with --wait); 1 when anything failed.
    """
    from mentor_dw.cli.loading import load as start
    from mentor_dw.database import address
    from mentor_dw.portal.overview import inbox_lines

    address("operator")
    for line in inbox_lines(waiting_too=False):
        say(line)
    raise typer.Exit(start(wait=wait, timeout=timeout, say=say))


def check(
    file: Annotated[Path, typer.Argument(help="a file with a delivery's name, wherever it lies", show_default=False)],
    as_json: Json = False,
) -> None:
    """Judge a file without loading it; nothing of it stays. Exit 2 when it would be refused.

    A file NAME.sha256 beside it is checked as well.
    """
    from mentor_dw.ingest.decide import check as judge
    from mentor_dw.reading.inbox import UPLOADING

    if file.name.endswith(UPLOADING):
        raise MentorDwError(
            f"{file.name} is an upload in progress; it is left alone until it is renamed.",
            f"When it is complete: rename it to {file.name.removesuffix(UPLOADING)}.",
        )
    with file.open("rb"):
        pass  # an unreadable file is told before anything is waited for
    result = judge(file)
    if as_json:
        print_json(asdict(result))
    else:
        would = "would be a duplicate" if result.status == "duplicate" else f"would be {result.status}"
        print_text(f"{result.file_name}: {would}" + (f": {result.reason}" if result.reason else ""))
        if result.members:
            print_table(
                "Rows",
                ("member", "read", "would be set aside"),
                ((name, counts["rows_read"], counts["rows_quarantined"]) for name, counts in result.members.items()),
            )
            print_table("Would be set aside, by rule", ("rule", "rows"), result.quarantined.items())
            print_table(
                "Warnings",
                ("member", "warning", "rows"),
                ((member, name, rows) for member, counts in result.warnings.items() for name, rows in counts.items()),
            )
            print_table("Unknown to the feed", ("member", "column"), ((d["member"], d["column"]) for d in result.drift))
    if result.status == "refused":
        raise typer.Exit(2)


def quarantine(
    delivery: Annotated[int | None, typer.Argument(help="only this delivery, by number or file name", **NAMED)] = None,
    as_json: Json = False,
) -> None:
    """Rows that were set aside, and what each rule means. Personal values are not shown.

    Without a number: of every delivery that is in. With one: of that delivery, also when it was refused (then the
    first rows of each kind). Mended a rule or a code list? `mentor-dw rejudge DELIVERY` releases the rows.
    """
    from mentor_dw.database import connect
    from mentor_dw.ingest.decide import quarantine as listing
    from mentor_dw.ledger.deliveries import delivery as ledger_row

    if delivery is not None:
        with connect("loader") as connection:
            ledger_row(connection, delivery)
    rows = listing(delivery)
    if as_json:
        print_json(rows)
        return
    print_table(
        "Quarantined rows",
        ("delivery", "file", "member", "line", "field", "rule", "value"),
        (
            (r["delivery_id"], r["file_name"], r["member"], r["line_number"], r["field"], r["rule"], r["masked_value"])
            for r in rows
        ),
    )
    meanings = {row["rule"]: (row["explanation"], row["forklaring"]) for row in rows}
    if meanings:
        print_table(
            "What the rules mean",
            ("rule", "in English", "på dansk"),
            ((r, *words) for r, words in sorted(meanings.items())),
        )


def report(delivery: Delivery) -> None:
    """The Danish report on a delivery, ready to paste into a mail to the source's owner. No personal value.

    Also kept as a file below `reports/` in the home folder.
    """
    from mentor_dw.reporting.report import danish_report

    print_text(danish_report(delivery))


def changes(delivery: Delivery, as_json: Json = False) -> None:
    """What changed since the delivery before it: rows that came, went, or say something else now."""
    from mentor_dw.reporting.changes import compared_with_previous

    found = compared_with_previous(delivery)
    if as_json:
        print_json(asdict(found))
        return
    after, before = found.after, found.before
    if before is None:
        print_text(f"{after.file_name} is the first delivery of {after.source} by covered date; all of it is new.")
        return
    print_text(
        f"{after.file_name} version {after.version} (delivery {after.delivery_id}) against "
        f"{before.file_name} version {before.version} (delivery {before.delivery_id})"
    )
    print_table(
        "Accepted rows, by key",
        ("member", "came", "went", "changed"),
        ((name, change.added, change.removed, change.changed) for name, change in found.members.items()),
    )
    console.print("What this did to the tables of bi is in ops.change.", style="dim")
