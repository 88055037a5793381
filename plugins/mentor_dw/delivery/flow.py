"""What becomes of an extract: planned when its day comes, built, released by a second person, or discarded.

Sending and answers: flow_send.py. Every function may be called again after a crash at any place; the ledger
(ledger/extracts.py) is the state.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from mentor_dw.config import COPENHAGEN
from mentor_dw.database import connect
from mentor_dw.delivery.disclosure.cells import DisclosureRefused
from mentor_dw.delivery.flow_fit import is_fit, must_be_fit
from mentor_dw.delivery.flow_forget import throw_away
from mentor_dw.delivery.flow_lock import extract_lock
from mentor_dw.delivery.flow_make import read_for, write_package
from mentor_dw.delivery.flow_places import AIRFLOW, today_here
from mentor_dw.delivery.reading import models
from mentor_dw.delivery.specification.deadlines import deadline, period_due, ready_day
from mentor_dw.delivery.specification.model import Specification
from mentor_dw.delivery.specification.periods import Period, parse_period
from mentor_dw.delivery.specification.read import read_specification
from mentor_dw.errors import MentorDwError, TryAgain
from mentor_dw.ledger import extracts as ledger
from mentor_dw.trouble import shortage_in_words

Say = Callable[[str], None]


def plan(name: str, today: date | None = None, *, by: str = AIRFLOW) -> list[str]:
    """Plan each period whose ready day has come since the extract began to be delivered; the texts of the new ones.

    It begins with the first period planned by hand, or with the newest that is due: periods from before that day are
    delivered on demand only.
    """
    spec = read_specification(name)
    today = today or today_here()
    with extract_lock(name), connect("delivery") as connection:
        began = ledger.began_at(connection, name)
        periods = due_since(spec, today, began.astimezone(COPENHAGEN).date() if began else None)
        return [period.text for period in periods if _plan(connection, spec, period, by, promised=began is not None)]


def plan_period(name: str, period: str, *, by: str) -> bool:
    """Plan one period; whether it was not planned before. Raises MentorDwError for a period of another length."""
    spec = read_specification(name)
    with extract_lock(name), connect("delivery") as connection:
        return _plan(connection, spec, period_of(spec, period), by)


@shortage_in_words()
def build_planned(name: str, *, by: str = AIRFLOW, say: Say = print) -> list[int]:
    """Build every delivery of `name` that is planned, the oldest period first; their numbers in the ledger.

    One that may not be told stays planned and does not keep the others from being built; what was wrong is raised when
    all were tried.
    """
    with connect("delivery") as connection:
        waiting = ledger.in_step(connection, ("planned",), name)
    built, troubles = [], []
    for row in sorted(waiting, key=lambda one: parse_period(one["period"])):
        try:
            built.append(_build(name, row["extract_id"], by=by, as_known_at=None, say=say))
        except DisclosureRefused as refused:
            troubles.append(f"{ledger.in_words(row)}: {refused.message}")
    if troubles:
        raise MentorDwError(" ".join(troubles), "See docs/runbooks/extract_refused_by_disclosure.md.")
    return built


def build_extract(
    name: str,
    period: str,
    *,
    by: str,
    kind: ledger.Kind = "delivery",
    why: str | None = None,
    as_known_at: datetime | None = None,
    say: Say = print,
) -> int:
    """Build a version of a period; its number in the ledger.

    Without `why`: the first version, and nothing new when there is one. With `why`: the next version, which replaces
    what the receiver has. A trial is always a new one. Told from what is published, or from what was known
    `as_known_at`. Raises MentorDwError when there is nothing to replace, TryAgain while a build waits to be published,
    DisclosureRefused when it cannot be told safely: it stays planned then.
    """
    spec = read_specification(name)
    text = period_of(spec, period).text
    with extract_lock(name), connect("delivery") as connection:
        if kind == "trial":
            extract_id = _enter(connection, spec, parse_period(text), kind, by)
        elif why is not None:
            extract_id = _replacement(connection, spec, parse_period(text), by, why)
        else:
            _plan(connection, spec, parse_period(text), by)
            extract_id = ledger.versions(connection, name, text)[-1]["extract_id"]
    return _build(name, extract_id, by=by, as_known_at=as_known_at, say=say)


def release(name: str, period: str, *, by: str, note: str | None = None) -> dict[str, Any]:
    """Let what is built of a period go out; the ledger row. `by` is another person than who built it.

    Raises MentorDwError when nothing waits, for the person who built it, and when somebody in it may not be given
    away any more.
    """
    with extract_lock(name), connect("delivery") as connection:
        row = ledger.waiting_for_release(connection, name, period)
        if _same_person(by, row["built_by"]):
            raise MentorDwError(
                f"{ledger.in_words(row)} was built by {row['built_by']}; a second person releases it.",
                "Add --by with the name of the data owner.",
            )
        if _same_person(by, AIRFLOW):
            raise MentorDwError("A person releases an extract.", "Add --by with the name of the data owner.")
        must_be_fit(row)
        ledger.move(
            connection, row["extract_id"], steps=("built",), to="released", by=by, detail={"note": note},
            released_by=by, released_at=datetime.now(COPENHAGEN), release_note=note,
        )  # fmt: skip
        return ledger.by_id(connection, row["extract_id"])


def discard(name: str, period: str, *, by: str, why: str, dry_run: bool = False) -> dict[str, Any]:
    """Throw away what is planned, built or released of a period, before anybody got it; the ledger row.

    Raises MentorDwError when there is nothing, or when sending has begun and may go on: some of it may lie at the
    receiver.
    """
    with extract_lock(name), connect("delivery") as connection:
        found = [row for row in ledger.versions(connection, name, period) if row["status"] not in ledger.DELIVERED]
        if not found:
            raise MentorDwError(
                f"Nothing of {name} {period} can be discarded.",
                "What was delivered is replaced: mentor-dw extract NAME --period P --replaces --why …",
            )
        row = found[-1]
        if any(one["event"] == "sending" for one in ledger.events(connection, row["extract_id"])) and is_fit(row):
            raise MentorDwError(
                f"{ledger.in_words(row)} has begun to be sent, so some of it may lie at the receiver.",
                "Let it be sent, and replace it then.",
            )
        if not dry_run:
            throw_away(connection, row, by=by, why=why)
        return ledger.by_id(connection, row["extract_id"])


def period_of(spec: Specification, text: str) -> Period:
    """The period that `text` names. Raises MentorDwError when the extract has periods of another length."""
    period = parse_period(text)
    if period.cadence != spec.cadence:
        raise MentorDwError(
            f"{spec.name} is delivered by {spec.cadence}, and {period.text} is a {period.cadence}.",
            f"Its newest period that is due is {period_due(spec, today_here()).text}.",
        )
    return period


def due_since(spec: Specification, today: date, began: date | None) -> list[Period]:
    """The periods whose ready day has come, from the day the extract `began` on; the newest alone when it did not."""
    period = period_due(spec, today)
    if began is None:
        return [period]
    found = []
    while ready_day(spec, period) >= began:
        found.append(period)
        period = period.previous()
    return found[::-1]


def _plan(
    connection: ledger.Connection, spec: Specification, period: Period, by: str, *, promised: bool = False
) -> bool:
    if ledger.versions(connection, spec.name, period.text):
        return False
    _enter(connection, spec, period, "delivery", by, promised=promised)
    return True


def _enter(
    connection: ledger.Connection,
    spec: Specification,
    period: Period,
    kind: ledger.Kind,
    by: str,
    replaces: int | None = None,
    why: str | None = None,
    promised: bool = False,
) -> int:
    """Plan a version. One on demand after its day, or one more, was not promised by a day of the calendar."""
    if period.last >= today_here() and kind == "delivery":
        raise MentorDwError(
            f"{period.text} is not over.", f"The newest period of {spec.name} that is due: "
            f"{period_due(spec, today_here()).text}. --trial makes one that goes nowhere.",
        )  # fmt: skip
    day = deadline(spec, period)
    holds = kind == "delivery" and replaces is None and (promised or day >= today_here())
    return ledger.plan_row(
        connection,
        name=spec.name,
        period=period.text,
        receiver=spec.receiver,
        kind=kind,
        by=by,
        deadline=day if holds else None,
        replaces=replaces,
        why=why,
    )


def _replacement(connection: ledger.Connection, spec: Specification, period: Period, by: str, why: str) -> int:
    """The planned version that replaces what the receiver has; one that was planned before a crash goes on."""
    found = ledger.versions(connection, spec.name, period.text)
    if not found or found[0]["status"] not in ledger.DELIVERED:
        raise MentorDwError(
            f"{spec.name} {period.text} has not been delivered, so there is nothing to replace.",
            "Build it without --replaces; what is built and not sent can be discarded (mentor-dw extract-discard).",
        )
    newest = found[-1]
    if newest["status"] in ledger.DELIVERED:
        return _enter(connection, spec, period, "delivery", by, newest["extract_id"], why)
    if newest["status"] != "planned":
        raise MentorDwError(
            f"{ledger.in_words(newest)} is {newest['status']} already.", "Release it, or discard it first."
        )
    return newest["extract_id"]


def _build(name: str, extract_id: int, *, by: str, as_known_at: datetime | None, say: Say) -> int:
    spec = read_specification(name)
    with extract_lock(name, models(spec)):
        with connect("delivery") as connection:
            row = ledger.by_id(connection, extract_id)
        if row["status"] != "planned":
            say(f"{ledger.in_words(row)} is {row['status']} already.")
            return extract_id
        try:
            material = read_for(spec, row["period"], as_known_at)
            write_package(spec, row, material, by=by, run_date=today_here(), say=say)
        except TryAgain:
            raise
        except MentorDwError as error:
            what = "refused_by_disclosure" if isinstance(error, DisclosureRefused) else "build_failed"
            with connect("delivery") as connection:
                ledger.trouble(connection, extract_id, what, by, str(error))
            raise
    say(f"{ledger.in_words(row)} is built and waits for release: mentor-dw release {name} {row['period']} --by NAME")
    return extract_id


def _same_person(one: str, other: str | None) -> bool:
    return other is not None and one.strip().casefold() == other.strip().casefold()
