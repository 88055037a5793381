"""Commands about who has read about persons: access, access spot-check."""

from __future__ import annotations

import getpass
from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Any

import typer

from mentor_dw.cli.output import print_json, print_table, say
from mentor_dw.errors import MentorDwError
from mentor_dw.masking import holds_cpr

Json = Annotated[bool, typer.Option("--json", help="as JSON")]

_group = typer.Typer(invoke_without_command=True, rich_markup_mode=None)


def register(app: typer.Typer) -> None:
    """Add the commands of this module to `app`."""
    app.add_typer(_group, name="access")


@_group.callback()
def access(
    context: typer.Context,
    role: Annotated[str | None, typer.Option(help="the login that read")] = None,
    since: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="the first day, such as 2026-11-01")
    ] = None,
    relation: Annotated[str | None, typer.Option(help="what was read, such as bi.dim_borger")] = None,
    as_json: Json = False,
) -> None:
    """Who has read about persons, when, why and what; one line per statement and table.

    Reads are kept 12 months. "everybody" means everybody whom the login may see in the table; of lists of casework
    it is known whose rows were read. docs/access.md

    Example: mentor-dw access --role casework --since 2026-11-01
    """
    if context.invoked_subcommand is not None:
        return
    from mentor_dw.config import COPENHAGEN
    from mentor_dw.database import connect
    from mentor_dw.ledger.access import reads

    _collect()
    with connect("operator") as connection:
        found = reads(connection, role, since.replace(tzinfo=COPENHAGEN) if since else None, relation)
    if as_json:
        print_json(found)
        return
    _print("Reads about persons", found)


@_group.command("spot-check")
def spot_check(
    share: Annotated[float, typer.Option(help="how much of the last month's reads is drawn in all")] = 0.05,
    seed: Annotated[int | None, typer.Option(help="draw so that it can be repeated; else by chance")] = None,
    answer: Annotated[int | None, typer.Option(help="the read that was looked at; nothing is drawn")] = None,
    ok: Annotated[bool | None, typer.Option("--ok/--not-ok", help="whether the read was in order")] = None,
    note: Annotated[str, typer.Option(help="what was found; needed with --not-ok; no CPR number")] = "",
    by: Annotated[str | None, typer.Option(help="who looks; you, when not said")] = None,
    as_json: Json = False,
) -> None:
    """Draw some reads of the last month for somebody to look at, and keep what came of it.

    Lists those that wait for an answer. Another call in the same month draws no more than are missing.

    Example: mentor-dw access spot-check, then mentor-dw access spot-check --answer 17 --ok --note "Sag 2026-17"
    """
    from mentor_dw.ledger import access_checks

    who = (by or getpass.getuser()).strip()
    for text in (who, note):
        if holds_cpr(text):
            raise MentorDwError("That holds what looks like a CPR number.", "Say it without the number.")
    drawn = 0
    if answer is not None:
        if ok is None:
            raise MentorDwError("Say whether the read was in order.", "Add --ok or --not-ok.")
        access_checks.answer(answer, ok, note.strip(), who)
    elif ok is not None or note:
        raise MentorDwError("Say which read that is about.", "Add --answer with its number.")
    else:
        _collect()
        drawn = access_checks.draw(share, seed, who)
    waiting = access_checks.open_checks()
    if as_json:
        print_json({"drawn": drawn, "answered": answer, "waiting": waiting})
        return
    say(f"Read {answer} has its answer." if answer is not None else f"{drawn} reads were drawn.")
    _print("Waiting for an answer", waiting)


def _collect() -> None:
    from mentor_dw.config import get_settings
    from mentor_dw.ledger.access import collect
    from mentor_dw.local.postgres import server_log

    collect(server_log(get_settings()))


def _print(title: str, found: Iterable[dict[str, Any]]) -> None:
    from mentor_dw.config import COPENHAGEN

    print_table(
        title,
        ("id", "at", "who", "why", "table", "persons", "with", "statement"),
        (
            (
                row["access_id"],
                f"{row['at'].astimezone(COPENHAGEN):%Y-%m-%d %H:%M:%S}",
                row["role_name"],
                row["purpose"],
                row["relation"],
                "everybody" if row["person_keys"] is None else len(row["person_keys"]),
                row["application"],
                " ".join((row["statement"] or "").split())[:200],
            )
            for row in found
        ),
    )
