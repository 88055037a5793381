"""What a data engineer decides about a delivery: accept, withdraw, rejudge. Each leaves a trace in the ledger."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mentor_dw.cli.output import console, print_json, say, say_aside
from mentor_dw.errors import MentorDwError
from mentor_dw.masking import mask_cpr

if TYPE_CHECKING:
    from mentor_dw.ingest.take import Outcome


def delivery_number(said: str) -> int:
    """The number of a delivery, from itself or from a file's name: the newest of that name.

    Raises MentorDwError for a name that no source delivers, or that never came.
    """
    if said.isdigit():
        return int(said)
    from mentor_dw.database import connect
    from mentor_dw.feeds import load_feed, sources
    from mentor_dw.ledger.listing import newest_of_name
    from mentor_dw.reading.inbox import covers_of

    if not any(covers_of(load_feed(source), said) for source in sources()):
        raise MentorDwError(
            f"{mask_cpr(said)} is neither the number of a delivery nor a name that a source delivers.",
            "`mentor-dw status` lists both.",
        )

    with connect("operator") as connection:
        found = newest_of_name(connection, said)
    if found is None:
        raise MentorDwError(f"No delivery is called {mask_cpr(said)}.", "`mentor-dw status` lists numbers and names.")
    return found


#: What a command takes for a delivery.
NAMED = {"parser": delivery_number, "metavar": "DELIVERY", "show_default": False}
Delivery = Annotated[
    int, typer.Argument(help="its number in `mentor-dw status`, or the file's name: the newest of it", **NAMED)
]
Json = Annotated[bool, typer.Option("--json", help="as JSON")]
Reason = Annotated[
    str | None, typer.Option(help="why, in words the owner may read: it stands in the ledger and in her report")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="say what would happen, change nothing")]


def register(app: typer.Typer) -> None:
    """Add the commands of this module to `app`."""
    for command in (accept, withdraw, rejudge):
        app.command()(command)


def accept(delivery: Delivery, reason: Reason = None, dry_run: DryRun = False, as_json: Json = False) -> None:
    """Take a refused delivery in all the same, on the record.

    For a refusal that you know better than the rule: too few rows, too many bad rows, a wrong checksum file, content
    that was withdrawn before. Bad rows are set aside as always. A file that cannot be read cannot be accepted. The
    warehouse is built anew afterwards.

    Example: mentor-dw accept 17 --reason "The owner confirms that two jobcentres have left"
    """
    from mentor_dw.ingest.decide import accept as decide
    from mentor_dw.ledger.decisions import OVERRIDABLE

    if dry_run:
        row = _row(delivery)
        if row["status"] != "refused":
            raise MentorDwError(f"Delivery {delivery} is {row['status']}; only a refused one can be accepted.")
        if row["reason_code"] not in OVERRIDABLE:
            raise MentorDwError(f"Delivery {delivery} cannot be accepted: {row['reason']}", "Have it sent again.")
        _only_told(row, "would be read again and taken in, although it was refused", as_json)
        return
    why = _asked(reason)
    _decided(lambda speak: decide(delivery, why, getpass.getuser(), speak), as_json)


def withdraw(delivery: Delivery, reason: Reason = None, dry_run: DryRun = False, as_json: Json = False) -> None:
    """Take an accepted delivery out again, on the record.

    The one before it counts from now on, and the warehouse is built anew. The rows stay in `raw`, so that what was
    known before can still be computed (`mentor-dw figures --as-known-at`). `mentor-dw rejudge` does not bring a
    withdrawn delivery back; sending it again and accepting it does.

    Example: mentor-dw withdraw 20 --reason "Drawn from the test system"
    """
    from mentor_dw.ingest.decide import withdraw as decide

    if dry_run:
        row = _row(delivery)
        if row["status"] not in ("accepted", "superseded"):
            raise MentorDwError(f"Delivery {delivery} is {row['status']}; only an accepted one can be withdrawn.")
        _only_told(row, f"would be withdrawn; {_counts_then(row)}", as_json)
        return
    why = _asked(reason)
    _decided(lambda speak: decide(delivery, why, getpass.getuser()), as_json)


def rejudge(delivery: Delivery, dry_run: DryRun = False, as_json: Json = False) -> None:
    """Judge a kept delivery again by today's rules: this releases quarantined rows.

    First mend what was wrong: add the missing code to its list in dbt_project/seeds/code_lists/, or the rule in
    expectations/<source>/feed.yml. Then judge again. Rows that are good now come in, as a new version of the
    delivery, and the warehouse is built anew. Works for as long as the file is kept (90 days, unless set otherwise).
    """
    from mentor_dw.ingest.decide import rejudge as decide

    if dry_run:
        row = _row(delivery)
        if row["status"] not in ("accepted", "superseded", "refused"):
            raise MentorDwError(f"Delivery {delivery} is {row['status']}; there is nothing to judge again.")
        _only_told(row, "would be judged again by today's rules; accepted, it is a new version", as_json)
        return
    _decided(lambda speak: decide(delivery, speak), as_json)


def _row(delivery: int) -> dict[str, Any]:
    from mentor_dw.database import connect
    from mentor_dw.ledger.deliveries import delivery as ledger_row

    with connect("loader") as connection:
        return ledger_row(connection, delivery)


def _counts_then(row: dict[str, Any]) -> str:
    """Which delivery would count if `row` were withdrawn."""
    from mentor_dw.database import connect
    from mentor_dw.ledger.counting import counting

    with connect("operator") as connection:
        others = [one for one in counting(connection, source=row["source"]) if one.delivery_id != row["delivery_id"]]
    if not others:
        return f"then no delivery of {row['source']} counts"
    return f"then delivery {others[-1].delivery_id} counts ({others[-1].file_name}, version {others[-1].version})"


def _only_told(row: dict[str, Any], would: str, as_json: bool) -> None:
    if as_json:
        facts = {name: row[name] for name in ("delivery_id", "source", "file_name", "status")}
        print_json(facts | {"dry_run": True, "would": would})
        return
    console.print(f"Delivery {row['delivery_id']} ({row['file_name']}, {row['status']}) {would}.", markup=False)
    console.print("Nothing was changed.")


def _asked(reason: str | None) -> str:
    """The reason, asked for when somebody sits there."""
    if reason is None and sys.stdin.isatty():
        reason = typer.prompt("Reason")
    return (reason or "").strip()


def _decided(decide: Callable[[Callable[[str], None]], Outcome], as_json: bool) -> None:
    """Decide, tell the outcome, and have the warehouse built. A house that is down builds when it is up again."""
    from mentor_dw.cli.loading import ask_for_build

    speak = say_aside if as_json else say
    outcome = decide(speak)
    if as_json:
        print_json(outcome.as_json())
    else:
        console.print(f"Delivery {outcome.delivery_id}: {outcome.line()}", markup=False)
    if outcome.status == "refused":
        raise typer.Exit(2)
    try:
        ask_for_build(speak)
    except MentorDwError as error:
        speak(f"The decision stands. {error.message} The warehouse is built by itself when it is up (mentor-dw up).")
