"""Commands about a person's rights and about how long anything is kept. CPR numbers come on standard input only."""

from __future__ import annotations

import getpass
import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mentor_dw.cli.deciding import Json
from mentor_dw.cli.output import print_json, say
from mentor_dw.errors import MentorDwError
from mentor_dw.masking import holds_cpr

if TYPE_CHECKING:
    from mentor_dw.identity.cpr import Cpr

CprStdin = Annotated[bool, typer.Option("--cpr-stdin", help="read the CPR number from standard input")]
Decision = Annotated[str | None, typer.Option(help="where the decision stands, such as a case number; no CPR number")]
By = Annotated[str | None, typer.Option(help="who decided; you, when not said")]


def register(app: typer.Typer) -> None:
    """Add the commands of this module to `app`."""
    app.command("subject-report")(subject_report)


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


def asked(cpr_stdin: bool, decision: str | None, by: str | None) -> tuple[Cpr, str, str]:
    """The number, the decision and who decided. Raises MentorDwError, which shows none of them."""
    if not cpr_stdin:
        raise MentorDwError("The number is read from standard input only.", "Add --cpr-stdin, and type the number.")
    why = _without_cpr("decision", decision, 'Add --decision "where the decision stands".')
    who = _without_cpr("name", by or getpass.getuser(), "Add --by NAME.")
    return _typed_or_piped(), why, who


def _typed_or_piped() -> Cpr:
    from mentor_dw.identity.cpr import Cpr, parse_cpr

    text = sys.stdin.read() if not sys.stdin.isatty() else getpass.getpass("CPR number (not shown): ")
    parsed = parse_cpr(text)
    if not isinstance(parsed, Cpr):
        raise MentorDwError("That is no CPR number.", "Ten digits are needed, one person at a time.")
    return parsed


def _without_cpr(what: str, text: str | None, next_step: str) -> str:
    if not (text or "").strip():
        raise MentorDwError(f"This is done on the record and needs a {what}.", next_step)
    assert text is not None
    if holds_cpr(text):
        raise MentorDwError(
            f"The {what} holds what looks like a CPR number, and it is read by many.", "Say it without the number."
        )
    return text.strip()
