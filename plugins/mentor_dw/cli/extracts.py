"""Commands about extracts: extracts, extract, release, extract-discard."""

from __future__ import annotations

import getpass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mentor_dw.cli.asking import without_cpr
from mentor_dw.cli.deciding import DryRun, Json
from mentor_dw.cli.output import console, print_json, print_table, say, say_aside
from mentor_dw.errors import MentorDwError

if TYPE_CHECKING:
    from mentor_dw.delivery.proof import Proof

#: A rebuilt file is not the delivered one.
DIFFERS = 2
Name = Annotated[str, typer.Argument(help="the extract, such as star_mentorforloeb", show_default=False)]
Period = Annotated[str, typer.Argument(help="2016-03, 2016K1 or 2016", show_default=False)]


def register(app: typer.Typer) -> None:
    """Add the commands of this module to `app`."""
    app.command()(extracts)
    app.command()(extract)
    app.command()(release)
    app.command("extract-discard")(extract_discard)


def extracts(
    every: Annotated[bool, typer.Option("--all", help="trials and what was discarded too")] = False,
    as_json: Json = False,
) -> None:
    """The calendar and the ledger of extracts: what is due, what waits for release, is sent, confirmed or overdue."""
    from mentor_dw.delivery.flow_calendar import calendar, ledger_rows

    facts = {"calendar": calendar(), "extracts": ledger_rows(every=every)}
    if as_json:
        print_json(facts)
        return
    print_table(
        "Calendar",
        ("extract", "receiver", "newest period due", "its step", "next period", "ready", "deadline"),
        (
            (
                one["name"],
                one["receiver"],
                one["period_due"],
                one["step"] or "not planned",
                one["next_period"],
                one["next_ready"],
                one["next_deadline"],
            )
            for one in facts["calendar"]
        ),
    )
    print_ledger(facts["extracts"])


def print_ledger(rows: list[dict[str, Any]]) -> None:
    """The ledger as a table."""
    print_table(
        "Ledger",
        ("extract", "period", "no.", "receiver", "status", "step", "deadline", "rows", "released by", "sent", "why"),
        (
            (
                row["name"],
                row["period"],
                row["version"],
                row["receiver"],
                row["status"],
                row["step"],
                row["deadline"],
                "empty" if row["is_empty"] else row["rows"],
                row["released_by"],
                (row["sent_at"] or "")[:16],
                (row["error"] or row["why"] or "")[:200],
            )
            for row in rows
        ),
    )


def extract(
    name: Name,
    period: Annotated[
        str | None, typer.Option(help="2016-03, 2016K1 or 2016; the newest that is due, when not said")
    ] = None,
    as_known_at: Annotated[
        str | None, typer.Option("--as-known-at", help="ISO 8601; from the deliveries decided by then, made aside")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="a new folder for the plain files, to look at")] = None,
    trial: Annotated[bool, typer.Option("--trial", help="a trial: never sent, numbers of its own")] = False,
    replaces: Annotated[
        bool, typer.Option("--replaces", help="one more version, which replaces the delivered one")
    ] = False,
    why: Annotated[str | None, typer.Option(help="why it replaces what was delivered; the receiver reads it")] = None,
    as_json: Json = False,
) -> None:
    """Build an extract, or prove that a delivered one can be made again, byte for byte.

    Not delivered yet: it is built and waits for release. Delivered, or with --as-known-at: it is made again aside and
    compared with what was delivered; exit 0 when it is the same, 2 when it differs, with what makes it differ.
    """
    from mentor_dw.delivery.flow import period_of
    from mentor_dw.delivery.flow_places import today_here
    from mentor_dw.delivery.specification.deadlines import period_due
    from mentor_dw.delivery.specification.read import read_specification

    speak = say_aside if as_json else say
    spec = read_specification(name)
    text = period_of(spec, period).text if period else period_due(spec, today_here()).text
    if out is not None and out.exists() and any(out.iterdir()):
        raise MentorDwError(f"{out} is not empty.", "Name a new folder.")
    if replaces != (why is not None):
        raise MentorDwError("A version that replaces another one says why.", 'Add both --replaces and --why "…".')
    if trial or replaces:
        _build(name, text, "trial" if trial else "delivery", why, as_known_at, out, speak, as_json)
    elif as_known_at is not None or _is_delivered(name, text):
        _prove(name, text, as_known_at, out, as_json)
    else:
        _build(name, text, "delivery", None, None, out, speak, as_json)


def release(
    name: Name,
    period: Period,
    by: Annotated[str | None, typer.Option(help="the data owner, who releases; not who built it")] = None,
    note: Annotated[str | None, typer.Option(help="a remark for the ledger; no CPR number")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="do not ask")] = False,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Let a built extract go out: a second person looks at what it holds, and releases it. It is sent at once."""
    from mentor_dw.delivery import flow
    from mentor_dw.delivery.flow_calendar import review

    who = without_cpr("name", by, "Add --by with the name of the data owner.")
    remark = None if note is None else without_cpr("note", note, "Leave --note out.")
    facts = review(name, period)
    if not as_json:
        _show_review(facts)
    if dry_run:
        print_json(facts | {"dry_run": True}) if as_json else console.print("Nothing was changed.")
        return
    if not yes and not as_json and not typer.confirm(f"Release it to {facts['receiver']}?"):
        raise MentorDwError("It was not released.", "It waits until somebody does.")
    row = flow.release(name, period, by=who, note=remark)
    if as_json:
        print_json(facts | {"released_by": row["released_by"], "status": row["status"]})
    else:
        say(f"{facts['stem']} is released by {row['released_by']}.")
    _have_it_sent(name, say_aside if as_json else say)


def extract_discard(
    name: Name,
    period: Period,
    why: Annotated[str | None, typer.Option(help="why, for the ledger; no CPR number")] = None,
    by: Annotated[str | None, typer.Option(help="who decided; you, when not said")] = None,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Throw away a planned, built or released extract before anything of it was sent.

    Built again, it has the same number: nobody ever got anything under it.
    """
    from mentor_dw.delivery import flow

    reason = without_cpr("reason", why, 'Add --why "…".')
    who = without_cpr("name", by or getpass.getuser(), "Add --by NAME.")
    row = flow.discard(name, period, by=who, why=reason, dry_run=dry_run)
    if as_json:
        print_json(
            {name: row[name] for name in ("extract_id", "name", "period", "version", "status")} | {"dry_run": dry_run}
        )
        return
    say(f"{row['name']} {row['period']} no. {row['version']} {'would be' if dry_run else 'is'} discarded.")


def _is_delivered(name: str, period: str) -> bool:
    from mentor_dw.delivery.proof import delivered

    return delivered(name, period) is not None


def _build(
    name: str,
    period: str,
    kind: Any,
    why: str | None,
    as_known_at: str | None,
    out: Path | None,
    speak: Any,
    as_json: bool,
) -> None:
    from mentor_dw.database import connect
    from mentor_dw.delivery.flow import build_extract
    from mentor_dw.delivery.flow_kept import lay_out
    from mentor_dw.delivery.flow_places import kept_copy
    from mentor_dw.ledger.extracts import by_id
    from mentor_dw.warehouse.as_known import parse_moment

    reason = None if why is None else without_cpr("reason", why, 'Add --why "…".')
    moment = None if as_known_at is None else parse_moment(as_known_at)
    extract_id = build_extract(name, period, by=getpass.getuser(), kind=kind, why=reason, as_known_at=moment, say=speak)
    with connect("delivery") as connection:
        row = by_id(connection, extract_id)
    files = [str(path) for path in lay_out(kept_copy(row), out)] if out is not None else []
    if as_json:
        shown = (
            "extract_id",
            "name",
            "period",
            "version",
            "kind",
            "status",
            "stem",
            "rows",
            "is_empty",
            "envelope_sha256",
        )
        print_json({one: row[one] for one in shown} | {"files": files})
    elif out is not None:
        say(f"{len(files)} files are in {out}.")


def _prove(name: str, period: str, as_known_at: str | None, out: Path | None, as_json: bool) -> None:
    from mentor_dw.delivery.proof import prove
    from mentor_dw.warehouse.as_known import parse_moment

    proof = prove(name, period, None if as_known_at is None else parse_moment(as_known_at), out)
    if as_json:
        print_json(proof.as_json())
    else:
        _show_proof(proof, out)
    if not proof.same:
        raise typer.Exit(DIFFERS)


def _show_proof(proof: Proof, out: Path | None) -> None:
    if proof.version is None:
        say(f"Nothing of {proof.name} {proof.period} was delivered, so there is nothing to compare.")
    elif proof.same:
        say(
            f"{proof.name} {proof.period} no. {proof.version}, made again as known at {proof.as_known_at.isoformat()}:"
            f" the same, byte for byte ({len(proof.files)} files)."
        )
    else:
        differ = [file for file, same in proof.files.items() if not same]
        say(
            f"{proof.name} {proof.period} no. {proof.version}, made again as known at {proof.as_known_at.isoformat()},"
            f" differs in {len(differ)} of {len(proof.files)} files: {', '.join(differ)}."
        )
        for reason in proof.reasons:
            say(f"  {reason}")
    if proof.since:
        say("Changed since, without changing these files:")
        for what in proof.since:
            say(f"  {what}")
    if out is not None:
        say(f"The files are in {out}.")


def _show_review(facts: dict[str, Any]) -> None:
    due = f"due {facts['deadline']}" if facts["deadline"] else "promised for no day"
    console.print(f"{facts['stem']} to {facts['receiver']}, {due}", markup=False)
    print_table("Files", ("file", "rows", "bytes"), ((f["name"], f["rows"], f["bytes"]) for f in facts["files"]))
    print_table(
        "Hidden",
        ("table", "numbers", "hidden", "rows withheld (k)"),
        ((t["table"], t["cells"], t["hidden"], t["withheld_rows"]) for t in facts["suppression"]),
    )
    for what, value in (
        ("rows", "none: the delivery is empty" if facts["is_empty"] else facts["rows"]),
        ("municipalities missing", ", ".join(facts["missing_areas"]) or "none"),
        ("replaces", f"no. {facts['replaces']}, because: {facts['why']}" if facts["replaces"] else "nothing"),
        ("as known at", facts["as_known_at"]),
        ("built by", facts["built_by"]),
        ("SHA-256", facts["envelope_sha256"]),
    ):
        console.print(f"{what}: {value}", markup=False, soft_wrap=True)


def _have_it_sent(name: str, speak: Any) -> None:
    from mentor_dw.local.airflow_api import AirflowApi

    try:
        with AirflowApi() as api:
            api.trigger(f"extract_{name}")
    except MentorDwError as error:
        speak(f"It is released. {error.message} It is sent when the house is up (mentor-dw up).")
        return
    speak(f"extract_{name} was started to send it; `mentor-dw extracts` shows when it is sent.")
