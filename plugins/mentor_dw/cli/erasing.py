"""The command `erase`: a person out of everything. The CPR number comes on standard input only and is never shown."""

from __future__ import annotations

import getpass
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mentor_dw.cli.asking import number_asked, without_cpr
from mentor_dw.cli.deciding import Json
from mentor_dw.cli.output import console, print_json, print_table, say, say_aside
from mentor_dw.errors import MentorDwError

if TYPE_CHECKING:
    from mentor_dw.identity.cpr import Cpr
    from mentor_dw.privacy.preview import Preview

_BEFORE_DECIDING = (
    "An authority may often not erase: data that decisions rest on, or that law says must be kept, stay (GDPR art. 17, "
    "stk. 3; arkivloven). --decision must name the written decision of the data controller that this person's data go."
)


def register(app: typer.Typer) -> None:
    """Add the commands of this module to `app`."""
    app.command()(erase)


def erase(
    cpr_stdin: Annotated[bool, typer.Option("--cpr-stdin", help="read the CPR number from standard input")] = False,
    decision: Annotated[
        str | None, typer.Option(help="where the decision to erase stands, such as a case number; no CPR number")
    ] = None,
    by: Annotated[str | None, typer.Option(help="who decided; you, when not said")] = None,
    carry_out: Annotated[
        bool, typer.Option("--carry-out", help="do it; without this it is only said what would go")
    ] = False,
    as_json: Json = False,
) -> None:
    """Erase a person from the warehouse and from every kept file, for good.

    Without --carry-out nothing is changed: it says what would go. With it the person's rows go from every delivery,
    her lines from the kept files, her numbers (those of linked persons too) from the vault, and the warehouse is built
    without her. A tombstone keeps later deliveries from bringing her back. Figures that were published stay as they
    were. What was begun is finished after a crash by the next `erase`, by `up`, or by the night's work.

    Example: mentor-dw erase --cpr-stdin --decision "Sag 2026-21", then type the number
    """
    if not cpr_stdin:
        raise MentorDwError("The number is read from standard input only.", "Add --cpr-stdin, and type the number.")
    who = without_cpr("name", by or getpass.getuser(), "Add --by NAME.")
    if not carry_out:
        why = without_cpr("decision", decision, "") if decision else None
        _preview(number_asked(), why, as_json)
        return
    why = without_cpr("decision", decision, f'Add --decision "where it stands". {_BEFORE_DECIDING}')
    from mentor_dw.privacy.erasure import erase as carry_out_erasure

    row = carry_out_erasure(number_asked(), why, who, say_aside if as_json else say)
    facts = {name: row[name] for name in ("erasure_id", "status", "decision", "counts", "extracts", "notes")}
    if as_json:
        print_json(facts | {"carried_out": True})
        return
    _show_counts("Deleted", row["counts"])
    _show_extracts(row["extracts"])
    _show_notes(row["notes"])


def tell_erased_since(moment: datetime) -> None:
    """Say, beside the answer to a question about `moment`, how many persons the answer is without."""
    from mentor_dw.database import connect
    from mentor_dw.ledger.erasures import erased_since

    with connect("operator") as connection:
        persons = erased_since(connection, moment)
    if persons:
        one_or_more = "person" if persons == 1 else "persons"
        say_aside(
            f"Withheld since that moment: {persons} erased {one_or_more}, so what was shown then may differ. "
            "Figures as they were published are kept with their builds (ops.build_figure)."
        )


def _preview(cpr: Cpr, decision: str | None, as_json: bool) -> None:
    from mentor_dw.privacy.preview import preview

    found = preview(cpr)
    if as_json:
        print_json(asdict(found) | {"carried_out": False, "decision": decision})
        return
    _tell_preview(found)
    say(_BEFORE_DECIDING)
    say("Nothing was changed. Add --carry-out to erase; it cannot be undone.")


def _tell_preview(found: Preview) -> None:
    if not found.known:
        say("The vault does not know this number: no accepted delivery that is kept has brought it.")
    elif found.numbers > 1:
        say(f"The person has {found.numbers} numbers, all of which would be erased.")
    _show_counts("Rows that would be deleted", found.rows)
    _show_counts("Rows that the next build would leave out", found.rebuilt)
    print_table("Kept files that would be written anew", ("file",), ((name,) for name in found.files_rewritten))
    print_table(
        "Kept files that would be deleted, because nobody can be taken out of them",
        ("file",),
        ((name,) for name in found.files_deleted),
    )
    _show_extracts(found.extracts)
    _show_notes(found.notes)


def _show_counts(title: str, counts: Mapping[str, int]) -> None:
    print_table(title, ("table", "rows"), sorted(counts.items()))


def _show_extracts(extracts: Sequence[Mapping[str, Any]]) -> None:
    print_table(
        "Extracts the person was in; tell their receivers",
        ("name", "period", "version", "receiver", "status"),
        ((one["name"], one["period"], one["version"], one["receiver"], one["status"]) for one in extracts),
    )


def _show_notes(notes: Sequence[str]) -> None:
    for note in notes:
        console.print(note, markup=False)
