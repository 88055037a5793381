"""Commands for numbers: figures, explain, data-dictionary."""

from __future__ import annotations

import os
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from mentor_dw.cli.erasing import tell_erased_since
from mentor_dw.cli.output import console, print_json, print_table, print_text, say_aside
from mentor_dw.cli.rights import tell_rows_gone
from mentor_dw.errors import MentorDwError


class Language(StrEnum):
    """What an explanation may be written in."""

    ENGLISH = "en"
    DANISH = "da"


def register(app: typer.Typer) -> None:
    """Add the commands of this module to `app`."""
    app.command()(figures)
    app.command()(explain)
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
        tell_rows_gone(moment)
        rows = figures_as_known_at(moment)
        tell_erased_since(moment)
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


def explain(
    figure: Annotated[str, typer.Argument(help="the id of a published number (M-004) or a measure (mentor_hours)")],
    where: Annotated[
        list[str] | None, typer.Option(help="KEY=VALUE: a dimension of the measure; several are possible")
    ] = None,
    language: Annotated[
        Language | None, typer.Option(help="en or da; without it da when LANG begins so", show_default=False)
    ] = None,
    as_known_at: Annotated[
        str | None, typer.Option(help="ISO 8601; Europe/Copenhagen without offset: from the deliveries decided by then")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="as JSON, with every model and delivery")] = False,
) -> None:
    """What stands behind one figure: how it is counted, from what, and what may not be read from it.

    Value, the printed number beside it, rule and caveats, numerator and denominator, the facts it was counted from (how
    many rows, never which), the models it is made from, the deliveries, the build, and when it last changed.

    Example: mentor-dw explain mentor_hours_share --where jobcenter=Herlev --where opgavetype=Hjem
    """
    from mentor_dw.figures.choose import SeveralFigures, parse_where
    from mentor_dw.figures.wording import page

    try:
        found = _explanation(figure, parse_where(where or ()), as_known_at)
    except SeveralFigures as several:
        _list_members(several.members, as_json)
        raise
    if as_json:
        print_json(found)
        return
    spoken = language or (Language.DANISH if os.environ.get("LANG", "").startswith("da") else Language.ENGLISH)
    print_text(page(found, spoken.value))


def _explanation(figure: str, where: dict[str, str], as_known_at: str | None) -> dict[str, Any]:
    from mentor_dw.figures.explain import explain, explain_as_known_at

    if as_known_at is None:
        return explain(figure, where)
    from mentor_dw.warehouse.as_known import parse_moment

    moment = parse_moment(as_known_at)
    say_aside("building the warehouse as it was known then, aside; this takes about a minute")
    tell_erased_since(moment)
    tell_rows_gone(moment)
    return explain_as_known_at(moment, figure, where)


def _list_members(members: Sequence[dict[str, Any]], as_json: bool) -> None:
    from mentor_dw.figures import rows_as_json
    from mentor_dw.figures.choose import as_options
    from mentor_dw.figures.wording import amount

    rows = rows_as_json(members)
    if as_json:
        print_json(rows)
        return
    for row in rows:
        print_text(f"{as_options(row['dimensions']) or '(no dimension)'}  # {amount(row['value'], 'en')} {row['unit']}")


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
    extracts: Annotated[Path | None, typer.Option(help="folder to write one page per extract to")] = None,
) -> None:
    """The data dictionary of every source, made from its feed, and of every extract, made from its specification."""
    from mentor_dw.delivery.pages import extract_page
    from mentor_dw.delivery.specification.read import specifications
    from mentor_dw.feeds import load_feed, sources
    from mentor_dw.feeds.dictionary import markdown

    alone = out is None and extracts is None
    for folder, names, page in (
        (out, sources(), lambda source: markdown(load_feed(source))),
        (extracts, specifications(), extract_page),
    ):
        for name in names if folder or alone else ():
            if folder is None:
                print_text(page(name))
            else:
                folder.mkdir(parents=True, exist_ok=True)
                (folder / f"{name}.md").write_text(page(name), encoding="utf-8")
                console.print(str(folder / f"{name}.md"), markup=False)
