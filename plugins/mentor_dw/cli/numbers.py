"""Commands for numbers: figures, data-dictionary."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mentor_dw.cli.output import console, print_json, print_table, print_text, say_aside
from mentor_dw.errors import MentorDwError


def register(app: typer.Typer) -> None:
    """Add the commands of this module to `app`."""
    app.command()(figures)
    app.command("data-dictionary")(data_dictionary)


def figures(
    as_json: Annotated[bool, typer.Option("--json", help="rows of measure, dimensions, value, unit")] = False,
    as_known_at: Annotated[
        str | None, typer.Option(help="ISO 8601; Europe/Copenhagen without offset: from the deliveries decided by then")
    ] = None,
) -> None:
    """Every figure, computed from the facts; beside it whether the published ones agree.

    With --as-known-at the figures as they would have been computed at that moment: from the deliveries accepted by
    then and not yet withdrawn. That builds the warehouse aside, which takes a minute; what readers see is not touched.

    Example: mentor-dw figures --as-known-at 2026-11-17T12:00
    """
    from mentor_dw.figures import current_figures, figure_summary

    if as_known_at is None:
        _must_be_published()
        rows = current_figures()
    else:
        from mentor_dw.warehouse.as_known import figures_as_known_at, parse_moment

        moment = parse_moment(as_known_at)
        say_aside("building the warehouse as it was known then, aside; this takes about a minute")
        rows = figures_as_known_at(moment)
    if as_json:
        print_json(rows)
        return
    print_table(
        "Figures",
        ("measure", "dimensions", "value", "unit"),
        (
            (r["measure"], ", ".join(f"{k}={v}" for k, v in r["dimensions"].items()), r["value"], r["unit"])
            for r in rows
        ),
        empty="none; no delivery had been accepted by then",
    )
    if as_known_at is None:
        good, total, wrong = figure_summary()
        console.print(f"figures: {good} of {total}", markup=False)
        for line in mismatch_lines(wrong):
            console.print(f"  {line}", markup=False)


def _must_be_published() -> None:
    from mentor_dw.database import connect

    with connect("bi_reader") as connection:
        row = connection.execute("select to_regclass('bi.figure') is not null as found").fetchone()
    if not (row and row["found"]):
        raise MentorDwError(
            "Nothing has been published yet, so there are no figures.",
            "Put a delivery into the inbox and run `mentor-dw load --wait`; `mentor-dw status` shows how far it is.",
        )


def mismatch_lines(mismatches: list[dict]) -> list[str]:
    """One line per published figure that the computed one does not meet."""
    return [
        f"{row['id']} {row['measure']} {row['dimensions']}: published {row['published_value']}, "
        f"computed {row['computed_value']} {row['unit']}"
        for row in mismatches
    ]


def data_dictionary(
    out: Annotated[Path | None, typer.Option(help="folder to write one page per source to")] = None,
) -> None:
    """The data dictionary of every source, made from its feed."""
    from mentor_dw.feeds import load_feed, sources
    from mentor_dw.feeds.dictionary import markdown

    for source in sources():
        page = markdown(load_feed(source))
        if out is None:
            print_text(page)
        else:
            out.mkdir(parents=True, exist_ok=True)
            (out / f"{source}.md").write_text(page, encoding="utf-8")
            console.print(str(out / f"{source}.md"), markup=False)
