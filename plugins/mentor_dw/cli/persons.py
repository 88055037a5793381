"""Commands about persons: link-persons, persons. CPR numbers come on standard input only and are never shown."""

from __future__ import annotations

import getpass
import sys
from dataclasses import asdict
from typing import Annotated, Any

import typer

from mentor_dw.cli.asking import without_cpr
from mentor_dw.cli.deciding import DryRun, Json
from mentor_dw.cli.output import console, print_json, print_table, say, say_aside
from mentor_dw.errors import MentorDwError

_SAID = {
    "linked": "The two numbers are one person from now on.",
    "already_linked": "The two numbers are one person already.",
    "undone": "The link is undone; the two numbers are two persons again.",
}
_WOULD = {
    "linked": "The two numbers would be one person.",
    "already_linked": "The two numbers are one person already.",
    "undone": "The link would be undone.",
}


class _TriedOnly(Exception):
    """Ends a transaction that must leave nothing."""


def register(app: typer.Typer) -> None:
    """Add the commands of this module to `app`."""
    app.command("link-persons")(link_persons)
    app.command()(persons)


def link_persons(
    cpr_stdin: Annotated[
        bool,
        typer.Option("--cpr-stdin", help="read the older, then the newer CPR number from standard input"),
    ] = False,
    decision: Annotated[
        str | None, typer.Option(help="where the decision stands, such as a case number; no CPR number")
    ] = None,
    by: Annotated[str | None, typer.Option(help="who decided; you, when not said")] = None,
    undo: Annotated[bool, typer.Option("--undo", help="take back the link between these two numbers")] = False,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Say that two CPR numbers are one person, because she was given a new one.

    The numbers are read from standard input, never from the command line, and are not shown. Rows keep what they came
    with; the warehouse is built anew and shows one citizen from this decision on, and two in every state before it.

    Example: mentor-dw link-persons --cpr-stdin --decision "Sag 2026-17", then type the two numbers
    """
    from mentor_dw.config import get_settings
    from mentor_dw.database import connect
    from mentor_dw.identity.keys import load_keys
    from mentor_dw.landing import links

    if not cpr_stdin:
        raise MentorDwError(
            "The numbers are read from standard input only.",
            "Add --cpr-stdin, and type the older number, then the newer one.",
        )
    why = without_cpr("decision", decision, 'Add --decision "where the decision stands".')
    who = without_cpr("name", by or getpass.getuser(), "Add --by NAME.")
    older, newer = links.two_numbers(_typed_or_piped())
    decide = links.undo_link if undo else links.link_persons
    keys = load_keys(get_settings().secrets)
    try:
        with connect("loader") as connection:
            outcome = decide(connection, keys, older, newer, why, who)
            if dry_run:
                raise _TriedOnly
    except _TriedOnly:
        pass
    _tell(outcome, dry_run, as_json)
    if not dry_run and outcome.outcome != "already_linked":
        _have_it_built(say_aside if as_json else say)


def persons(
    candidates: Annotated[
        bool, typer.Option("--candidates", help="list the ids that stand for another person than before")
    ] = False,
    as_json: Json = False,
) -> None:
    """Citizens by source and delivery: how many, how many by a replacement number, what the sources disagree about.

    With --candidates: ids of a source (a course, an offer, a citizen) that stood for another person in the delivery
    before. A CPR number may have changed: ask the source's owner about the id, then `mentor-dw link-persons`.
    """
    from mentor_dw.database import connect
    from mentor_dw.ledger.persons import candidates as open_candidates

    with connect("operator") as connection:
        found = open_candidates(connection)
    if candidates:
        _show_candidates(found, as_json)
        return
    facts = _published() | {"candidates": len({row["candidate"] for row in found})}
    if as_json:
        print_json(facts)
        return
    print_table(
        "Citizens by delivery",
        ("source", "covers", "citizens", "by a replacement number"),
        (
            (row["kilde"], row["covers_dato"], row["antal_personer"], row["antal_erstatningsnumre"])
            for row in facts["deliveries"]
        ),
    )
    print_table(
        "Sources that disagree about a citizen (bi.fct_identitetskonflikt)",
        ("about", "source that counts", "source that differs", "citizens"),
        (
            (row["attribut"], row["vindende_kilde"], row["afvigende_kilde"], row["antal_personer"])
            for row in facts["conflicts"]
        ),
    )
    console.print(f"Perhaps a changed CPR number: {facts['candidates']} (mentor-dw persons --candidates)", markup=False)


def _show_candidates(found: list[dict[str, Any]], as_json: bool) -> None:
    if as_json:
        print_json(found)
        return
    print_table(
        "Ids that stand for another person than before",
        ("no.", "source", "delivery", "member", "id", "before in"),
        (
            (
                row["candidate"],
                row["source"],
                f"{row['delivery_id']} {row['file_name']}",
                row["member"],
                row["source_id"],
                f"{row['former_delivery_id']} {row['former_file_name']}",
            )
            for row in found
        ),
    )
    if found:
        console.print("docs/runbooks/new_cpr_number.md says what to do.")


def _published() -> dict[str, list[dict[str, Any]]]:
    """What the published build counts; empty lists before the first one."""
    from mentor_dw.database import connect

    with connect("bi_reader") as connection:
        row = connection.execute("select to_regclass('bi.fct_personer_levering') is not null as found").fetchone()
        if not (row and row["found"]):
            return {"deliveries": [], "conflicts": []}
        return {
            "deliveries": connection.execute(
                "select kilde, covers_dato, antal_personer, antal_erstatningsnumre"
                " from bi.fct_personer_levering order by kilde, covers_dato"
            ).fetchall(),
            "conflicts": connection.execute(
                "select attribut, vindende_kilde, afvigende_kilde, count(*) as antal_personer"
                " from bi.fct_identitetskonflikt group by 1, 2, 3 order by 1, 2, 3"
            ).fetchall(),
        }


def _typed_or_piped() -> str:
    if not sys.stdin.isatty():
        return sys.stdin.read()
    return "\n".join(getpass.getpass(f"{which} CPR number (not shown): ") for which in ("Older", "Newer"))


def _tell(outcome: Any, dry_run: bool, as_json: bool) -> None:
    if as_json:
        print_json(asdict(outcome) | {"dry_run": dry_run} | ({"link_id": None} if dry_run else {}))
        return
    say((_WOULD if dry_run else _SAID)[outcome.outcome])
    if outcome.new_to_vault:
        say(f"No delivery has brought the {outcome.new_to_vault} number yet.")
    if outcome.newer_is_replacement:
        say("Note: the newer number is a replacement number (day 61-91). Were they typed in this order on purpose?")
    if dry_run:
        say("Nothing was changed.")


def _have_it_built(speak: Any) -> None:
    from mentor_dw.cli.loading import ask_for_build

    try:
        ask_for_build(speak)
    except MentorDwError as error:
        speak(f"The decision stands. {error.message} The warehouse is built by itself when it is up (mentor-dw up).")
