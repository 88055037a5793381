"""Commands that build: the warehouse of today (build), and a state of the past beside it (as-known-at)."""

from __future__ import annotations

from typing import Annotated

import typer

from mentor_dw.cli.erasing import tell_erased_since
from mentor_dw.cli.output import console, print_json, say, say_aside
from mentor_dw.errors import MentorDwError


def register(app: typer.Typer) -> None:
    """Add the commands of this module to `app`."""
    app.command()(build)
    app.command("as-known-at")(as_known_at)


def build(
    full: Annotated[bool, typer.Option("--full", help="everything, also what nothing has changed")] = False,
) -> None:
    """Have the warehouse built and published.

    That happens by itself when deliveries change, and does again only what depends on them. After somebody changed a
    table of `work` or `bi` by hand, --full brings every table back to what the deliveries say.
    """
    from mentor_dw.cli.loading import ask_for_build

    ask_for_build(say, full=full)


def as_known_at(
    moment: Annotated[
        str | None,
        typer.Argument(help="ISO 8601; Europe/Copenhagen without offset: from the deliveries decided by then"),
    ] = None,
    schema: Annotated[str | None, typer.Option(help="the schema to make, or to drop", show_default=False)] = None,
    select: Annotated[
        list[str] | None, typer.Option(help="a table of bi, with those it is made from; several are possible")
    ] = None,
    drop: Annotated[bool, typer.Option("--drop", help="drop the schema instead of making it")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="say what would happen, change nothing")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="as JSON")] = False,
) -> None:
    """Rebuild tables of `bi` as they were known at a moment, in a schema of their own.

    All tables, or those of --select and what they are made from. Whoever reads `bi` may read them. What is published is
    not touched. The schema holds personal rows as they were: drop it when the question is answered; after 30 days it
    goes by itself.

    Example: mentor-dw as-known-at 2026-11-17T12:00 --schema foer_rettelsen --select fct_mentorforloeb
    """
    if schema is None:
        raise MentorDwError("The schema has no name.", "Add --schema NAME, such as --schema foer_rettelsen.")
    if drop:
        _drop(schema, dry_run, as_json)
        return
    if moment is None:
        raise MentorDwError("Of which moment?", "Write it like 2026-03-01T12:00, before --schema.")
    from mentor_dw.warehouse.as_known import parse_moment, rebuild_as_known_at

    past = rebuild_as_known_at(
        parse_moment(moment), schema, say_aside if as_json else say, select=select or (), dry_run=dry_run
    )
    tell_erased_since(past.moment)
    deliveries = {source: one.file_name for source, one in past.effective.items()}
    if as_json:
        facts = {"schema": schema, "moment": past.moment.isoformat(), "deliveries": deliveries, "tables": past.tables}
        print_json(facts | {"dry_run": dry_run})
        return
    console.print(f"{len(past.tables)} tables {'would be' if dry_run else 'are'} in schema {schema}.", markup=False)
    console.print(f"They show {', '.join(deliveries.values()) or 'no delivery: none counted then'}.", markup=False)
    if dry_run:
        console.print("Nothing was changed.")
        return
    console.print(f"When you are done: mentor-dw as-known-at --drop --schema {schema}", markup=False)


def _drop(schema: str, dry_run: bool, as_json: bool) -> None:
    from mentor_dw.warehouse.as_known import drop_past

    moment = drop_past(schema, dry_run=dry_run)
    if as_json:
        print_json({"schema": schema, "moment": moment.isoformat(), "dropped": not dry_run, "dry_run": dry_run})
        return
    console.print(
        f"Schema {schema}, as known at {moment.isoformat()}, {'would be' if dry_run else 'is'} dropped.", markup=False
    )
