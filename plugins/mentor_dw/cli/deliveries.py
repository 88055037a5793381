"""Commands for deliveries: generate, load, check, accept, withdraw, rejudge, quarantine, report, changes."""

from __future__ import annotations

import getpass
from pathlib import Path
from typing import Annotated

import typer

from mentor_dw.cli.output import console, print_json, print_table, say

Json = Annotated[bool, typer.Option("--json", help="as JSON")]
Reason = Annotated[str, typer.Option(help="why; kept in the ledger", prompt="Reason")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="say what would happen, change nothing")]


def register(app: typer.Typer) -> None:
    """Add the commands of this module to `app`."""
    for command in (generate, load, check, accept, withdraw, rejudge, quarantine, report):
        app.command()(command)


def generate(
    out: Annotated[Path, typer.Option(help="folder to write to; one folder per source is made in it")],
    seed: Annotated[int, typer.Option(help="other seeds give other people, the same numbers")] = 1,
    scale: Annotated[float, typer.Option(help="multiplies the population; 1 is calibrated")] = 1.0,
    accidents: Annotated[bool, typer.Option("--accidents", help="plant bad rows and bad files of every kind")] = False,
) -> None:
    """Write sample deliveries."""
    from mentor_dw.sample import generate as write

    for path in write(out, seed=seed, scale=scale, accidents=accidents):
        console.print(str(path), markup=False)


def load(
    wait: Annotated[
        bool, typer.Option("--wait", help="until a build that holds every delivery taken is published")
    ] = False,
    timeout: Annotated[int, typer.Option(help="give up waiting after so many seconds")] = 3600,
) -> None:
    """Have the DAGs take what lies in the inbox. Exit 0; 2 when a delivery was refused; 1 when anything failed."""
    from mentor_dw.cli.loading import load as run

    raise typer.Exit(run(wait=wait, timeout=timeout, say=say))


def check(file: Annotated[Path, typer.Argument(exists=True, dir_okay=False)], as_json: Json = False) -> None:
    """Judge a file without loading it. Exit 2 when it would be refused."""
    from mentor_dw.ingest.decide import check as judge

    result = judge(file)
    if as_json:
        print_json(result)
    else:
        console.print(result["report"], markup=False)
    if result["status"] == "refused":
        raise typer.Exit(2)


def accept(delivery: int, reason: Reason, dry_run: DryRun = False) -> None:
    """Take a refused delivery in, on the record."""
    from mentor_dw.ingest.decide import accept as decide

    _decided(decide(delivery, reason=reason, by=getpass.getuser(), dry_run=dry_run), dry_run)


def withdraw(delivery: int, reason: Reason, dry_run: DryRun = False) -> None:
    """Take an accepted delivery out again; the one before it counts from now on."""
    from mentor_dw.ingest.decide import withdraw as decide

    _decided(decide(delivery, reason=reason, by=getpass.getuser(), dry_run=dry_run), dry_run)


def rejudge(delivery: int, dry_run: DryRun = False) -> None:
    """Judge a kept delivery again by today's feed; this is how quarantined rows are released."""
    from mentor_dw.ingest.decide import rejudge as decide

    _decided(decide(delivery, by=getpass.getuser(), dry_run=dry_run), dry_run)


def _decided(outcome: dict, dry_run: bool) -> None:
    from mentor_dw.cli.loading import ask_for_build

    console.print(outcome["message"], markup=False)
    if not dry_run and outcome["status"] != "refused":
        ask_for_build(say)
    if outcome["status"] == "refused":
        raise typer.Exit(2)


def quarantine(
    delivery: Annotated[int | None, typer.Argument(help="only this delivery")] = None, as_json: Json = False
) -> None:
    """Rows that were set aside, and what each rule means."""
    from mentor_dw.ingest.decide import quarantine as listing

    result = listing(delivery)
    if as_json:
        print_json(result)
        return
    print_table(
        "Quarantined rows",
        ("delivery", "file", "member", "line", "field", "rule", "value"),
        (
            (r["delivery_id"], r["file_name"], r["member"], r["line_number"], r["field"], r["rule"], r["masked_value"])
            for r in result["rows"]
        ),
    )
    print_table(
        "What the rules mean",
        ("rule", "in English", "på dansk"),
        ((r["rule"], r["en"], r["da"]) for r in result["rules"]),
    )


def report(delivery: int) -> None:
    """The Danish report on a delivery for the source's owner, ready to mail; holds no personal value."""
    from mentor_dw.reporting import danish_report

    console.print(danish_report(delivery), markup=False)
