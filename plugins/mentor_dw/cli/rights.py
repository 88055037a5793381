"""Commands about a person's rights and about how long anything is kept. CPR numbers come on standard input only."""

from __future__ import annotations

import getpass
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from mentor_dw.cli.asking import number_asked, without_cpr
from mentor_dw.cli.deciding import DryRun, Json
from mentor_dw.cli.output import print_json, print_table, say, say_aside
from mentor_dw.errors import MentorDwError

if TYPE_CHECKING:
    from mentor_dw.identity.cpr import Cpr
    from mentor_dw.privacy.restriction import RestrictionOutcome

#: The same words as in privacy/restriction.py.
Kind = Literal["objection", "restriction", "rectification", "protected_address"]
CprStdin = Annotated[bool, typer.Option("--cpr-stdin", help="read the CPR number from standard input")]
Decision = Annotated[str | None, typer.Option(help="where the decision stands, such as a case number; no CPR number")]
By = Annotated[str | None, typer.Option(help="who decided; you, when not said")]


def register(app: typer.Typer) -> None:
    """Add the commands of this module to `app`."""
    app.command("subject-report")(subject_report)
    app.command()(restrict)
    app.command()(restrictions)
    app.command()(retention)


def subject_report(
    cpr_stdin: CprStdin = False,
    decision: Decision = None,
    by: By = None,
    out: Annotated[
        Path | None, typer.Option(help="folder for the answer; one of its own in the home, when not said")
    ] = None,
    as_json: Json = False,
) -> None:
    """Answer a person's request for access (GDPR art. 15), in Danish: svar.html to read and svar.json.

    Her rows of every delivery and what was made of them, the deliveries, receivers, readers, decisions, purposes, legal
    bases and how long everything is kept. The folder is open to you only and holds personal data: hand it over, then
    delete it. --json says where it is; the answer itself is never printed. A number that nobody knows gives an answer
    that says so.

    Example: mentor-dw subject-report --cpr-stdin --decision "Sag 2026-31", then type the number
    """
    from mentor_dw.config import get_settings
    from mentor_dw.identity.keys import load_keys
    from mentor_dw.privacy import report, report_page

    cpr, why, who = asked(cpr_stdin, decision, by)
    settings = get_settings()
    facts = report.subject_report(settings, load_keys(settings.secrets), cpr, why, who)
    folder = out or settings.subject_reports / datetime.now().strftime("%Y-%m-%d_%H%M%S")
    page, data = report_page.write(facts, folder)
    if as_json:
        print_json({"found": facts["found"], "page": str(page), "data": str(data)})
        return
    if not facts["found"]:
        say("Nobody is known under this number. The answer says so, and which kept files name it.")
    say(f"The answer: {page}")
    say(f"The same as data: {data}")
    say("Both hold personal data. Hand them over in a safe way, then delete the folder.")


def restrict(
    kind: Annotated[
        Kind,
        typer.Option(
            help="objection, restriction and rectification (until a corrected delivery comes) keep the person out of "
            "extracts; protected_address hides the municipality in them"
        ),
    ],
    cpr_stdin: CprStdin = False,
    decision: Decision = None,
    by: By = None,
    lift: Annotated[bool, typer.Option("--lift", help="lift what is in force of this kind")] = False,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Keep a person out of extracts, or her municipality, from this decision on; with --lift no longer.

    It holds for all of her linked numbers, also before a delivery has brought her. What is published in the house
    stays; extracts are made without her from the next one on. docs/runbooks/subject_request.md says which kind when.

    Example: mentor-dw restrict --kind objection --cpr-stdin --decision "Sag 2026-40", then type the number
    """
    from mentor_dw.config import get_settings
    from mentor_dw.database import connect
    from mentor_dw.identity.keys import load_keys
    from mentor_dw.privacy import restriction

    cpr, why, who = asked(cpr_stdin, decision, by)
    decide = restriction.lift if lift else restriction.restrict
    keys = load_keys(get_settings().secrets)
    with connect("loader") as connection:
        outcome = decide(connection, keys, cpr, kind, why, who)
        if dry_run:
            connection.rollback()
    _tell(outcome, dry_run, as_json)


def restrictions(as_json: Json = False) -> None:
    """How many persons are restricted, by kind. Nobody is named."""
    from mentor_dw.database import connect
    from mentor_dw.privacy.restriction import counts

    with connect("operator") as connection:
        rows = counts(connection)
    if as_json:
        print_json(rows)
        return
    print_table(
        "Restrictions",
        ("kind", "in force", "persons", "lifted", "newest"),
        ((row["kind"], row["in_force"], row["persons"], row["lifted"], row["newest"]) for row in rows),
    )


def retention(
    carry_out: Annotated[bool, typer.Option("--carry-out", help="delete it now; the night's work does it too")] = False,
    as_json: Json = False,
) -> None:
    """What is kept how long, and how much is past its days; nothing is deleted without --carry-out.

    The days are settings (MENTOR_DW_RAW_DAYS and others); docs/retention.md says what each is and why. Ledgers, the
    counts of deliveries and published figures stay.
    """
    from mentor_dw.config import get_settings
    from mentor_dw.privacy import retention as keeping

    due = keeping.carry_out(get_settings(), dry_run=not carry_out)
    if as_json:
        print_json({"carried_out": carry_out, "places": [asdict(one) for one in due]})
        return
    print_table(
        "Deleted" if carry_out else "Would be deleted",
        ("where", "days", "counted from", "oldest", "how many", "of"),
        ((one.place, one.days, one.rule, one.oldest, one.items, one.unit) for one in due),
    )
    if not carry_out:
        say("Nothing was changed. Add --carry-out, or wait for the night.")


def tell_rows_gone(moment: datetime) -> None:
    """Say, beside the answer to a question about `moment`, which deliveries it cannot show any more."""
    from mentor_dw.database import connect
    from mentor_dw.ledger.counting import gone_before

    with connect("operator") as connection:
        files = gone_before(connection, moment)
    if files:
        say_aside(
            f"The rows of {len(files)} deliveries that counted then are not kept any more, so what was shown then "
            f"differs: {', '.join(files)}. Figures as they were published are kept with their builds."
        )


def _tell(outcome: RestrictionOutcome, dry_run: bool, as_json: bool) -> None:
    if as_json:
        print_json(asdict(outcome) | {"dry_run": dry_run} | ({"restriction_id": None} if dry_run else {}))
        return
    would = "would be" if dry_run else "is"
    say(
        {
            "restricted": f"The {outcome.kind} {would} in force.",
            "already_restricted": f"The {outcome.kind} is in force already.",
            "lifted": f"The {outcome.kind} {would} lifted.",
        }[outcome.outcome]
    )
    if outcome.new_to_vault:
        say("No delivery has brought this number yet. Was it typed as the source has it?")
    if dry_run:
        say("Nothing was changed.")


def asked(cpr_stdin: bool, decision: str | None, by: str | None) -> tuple[Cpr, str, str]:
    """The number, the decision and who decided. Raises MentorDwError, which shows none of them."""
    if not cpr_stdin:
        raise MentorDwError("The number is read from standard input only.", "Add --cpr-stdin, and type the number.")
    why = without_cpr("decision", decision, 'Add --decision "where the decision stands".')
    who = without_cpr("name", by or getpass.getuser(), "Add --by NAME.")
    return number_asked(), why, who
