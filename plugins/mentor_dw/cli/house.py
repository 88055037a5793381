"""Commands for the house: up, down, status, dsn, demo."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from mentor_dw.cli.operating import print_alerts
from mentor_dw.cli.output import console, print_json, print_table, say
from mentor_dw.config import ROLES
from mentor_dw.errors import DatabaseTrouble, MentorDwError


def register(app: typer.Typer) -> None:
    """Add the commands of this module to `app`."""
    for command in (up, down, status, dsn, demo):
        app.command()(command)


def up(
    watch: Annotated[
        bool, typer.Option("--watch", help="stay, and start again whatever is killed, until `mentor-dw down`")
    ] = False,
) -> None:
    """Start PostgreSQL and Airflow; what already runs is left alone. Also the way back after a crash."""
    from mentor_dw.local.installation import up as start
    from mentor_dw.local.watch import watch as stay
    from mentor_dw.privacy.erasure import finish_erasures

    facts = start(say)
    finish_erasures(say)
    _print_addresses(facts)
    if watch:
        stay(say)


def down() -> None:
    """Stop Airflow and PostgreSQL cleanly. Nothing is deleted."""
    from mentor_dw.local.installation import down as stop

    stop(say)


def dsn(
    role: Annotated[str, typer.Option(help=f"{', '.join(ROLES)}, or a scoped role (mentor-dw roles)")] = "bi_reader",
) -> None:
    """A PostgreSQL URL for a role. It holds the password: do not paste it where others read.

    Example: psql "$(mentor-dw dsn)"
    """
    from mentor_dw.config import get_settings
    from mentor_dw.database import address
    from mentor_dw.local.logins import scoped_logins

    if role not in ROLES and role not in scoped_logins(get_settings()):
        raise MentorDwError(f"There is no role {role}.", f"Roles are: {', '.join(ROLES)}; `mentor-dw roles`.")
    print(address(role).url())


def status(
    as_json: Annotated[bool, typer.Option("--json", help="everything, as JSON")] = False,
    all_deliveries: Annotated[
        bool, typer.Option("--all", help="all deliveries, not the last twenty, and the warnings of all")
    ] = False,
) -> None:
    """What runs, what came, what was refused and why, what was built, what is late.

    Deliveries are numbered in the first column; other commands take that number.
    """
    from mentor_dw.ledger.persons import SAME_ID_OTHER_PERSON
    from mentor_dw.local.installation import state
    from mentor_dw.portal.overview import overview

    try:
        facts = overview()
    except DatabaseTrouble:
        if not as_json:
            _print_state(state())
        raise
    if as_json:
        print_json(facts)
        return
    house = facts["installation"]
    if house["healthy"]:
        console.print(f"The house is up. Airflow: {house['airflow_url']}, home: {house['home']}", markup=False)
    else:
        _print_state(house)
    print_alerts("Open alerts", facts["alerts"])
    print_table(
        "Sources",
        ("source", "expected every", "last accepted", "covers", "expected next", "late since"),
        (
            tuple(
                one[n]
                for n in ("source", "every", "newest_accepted_at", "newest_covers", "expected_next", "late_since")
            )
            for one in facts["freshness"]
        ),
    )
    deliveries = facts["deliveries"] if all_deliveries else facts["deliveries"][-20:]
    print_table(
        f"Deliveries ({len(deliveries)} of {len(facts['deliveries'])})",
        ("id", "source", "file", "covers", "v", "status", "read", "accepted", "quarantined", "reason"),
        (
            (
                d["delivery_id"],
                d["source"],
                d["file_name"],
                d["covers"],
                d["version"],
                d["status"],
                d["rows_read"],
                d["rows_accepted"],
                d["rows_quarantined"],
                d["reason"],
            )
            for d in deliveries
        ),
    )
    builds = facts["builds"][-5:]
    print_table(
        "Builds (last five)",
        ("id", "status", "published", "dbt s", "publish s", "error"),
        (
            (b["build_id"], b["status"], b["published_at"], b["dbt_seconds"], b["publish_seconds"], b["error"])
            for b in builds
        ),
    )
    counting = {d["delivery_id"] for d in facts["deliveries"] if all_deliveries or d["status"] == "accepted"}
    what = "of all deliveries" if all_deliveries else "of the deliveries that count"
    print_table(
        f"Warnings {what}",
        ("delivery", "file", "member", "warning", "rows"),
        (
            (w["delivery_id"], w["file_name"], w["member"], w["warning"], w["rows"])
            for w in facts["warnings"]
            if w["delivery_id"] in counting
        ),
    )
    print_table(
        f"Drift {what}",
        ("delivery", "file", "member", "column"),
        (
            (d["delivery_id"], d["file_name"], d["member"], d["column"])
            for d in facts["drift"]
            if d["delivery_id"] in counting
        ),
    )
    open_extracts = [one for one in facts["extracts"] if one["step"] not in ("confirmed", "discarded")]
    print_table(
        "Extracts that are not confirmed (mentor-dw extracts shows all)",
        ("extract", "period", "no.", "kind", "status", "step", "deadline", "error"),
        (
            tuple(one[name] for name in ("name", "period", "version", "kind", "status", "step", "deadline", "error"))
            for one in open_extracts
        ),
    )
    for line in facts["inbox"]:
        console.print(line, markup=False)
    for row in facts["in_progress"]:
        console.print(f"{row['file_name']} (delivery {row['delivery_id']}) is being judged", markup=False)
    aside = sum(row["delivery_id"] in counting for row in facts["quarantine"])
    console.print(f"Quarantined rows {what}: {aside} (mentor-dw quarantine)", markup=False)
    changed = sum(w["rows"] for w in facts["warnings"] if w["warning"] == SAME_ID_OTHER_PERSON)
    if changed:
        console.print(
            f"Ids that stand for another person than before: {changed} (mentor-dw persons --candidates)", markup=False
        )
    if any(d["status"] == "refused" for d in deliveries):
        console.print(
            "Refused: docs/runbooks/refused_delivery.md says what to do; mentor-dw report ID tells the owner."
        )


def demo(
    seed: Annotated[int, typer.Option(help="seed of the sample deliveries")] = 1,
) -> None:
    """From an empty machine to the first answers: start everything, load sample deliveries, show the result."""
    from mentor_dw.cli.demo import run_demo

    raise typer.Exit(run_demo(seed))


def _print_state(state: dict) -> None:
    print_table("House", ("part", "state"), ((name, what) for name, what in _flat(state)))


def _flat(state: dict, prefix: str = "") -> list[tuple[str, str]]:
    rows: list[tuple[str, str]] = []
    for name, what in state.items():
        if isinstance(what, dict):
            rows += _flat(what, f"{prefix}{name} ")
        else:
            rows.append((f"{prefix}{name}", str(what)))
    return rows


def _print_addresses(facts: dict) -> None:
    for name, what in _flat(facts):
        console.print(f"  {name:24} {what}", markup=False)
    if "MENTOR_DW_HOME" in os.environ:
        console.print(f"  home                     {os.environ['MENTOR_DW_HOME']}", markup=False)
