"""The ledger of extracts: which version of which period stands where, how it came there, what it told.

planned -> built -> released -> sent -> confirmed or refused; discarded when it is thrown away before anybody got it.
A step and its event are one transaction, the caller's. Overdue is no step: it is what a row is whose promise was not
kept in time, so it is computed. Everything here is done as the role `delivery`; listing also as `operator`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

import psycopg
from psycopg.types.json import Jsonb

from mentor_dw.errors import MentorDwError
from mentor_dw.ledger.listing import as_json

Connection = psycopg.Connection[dict[str, Any]]
Kind = Literal["delivery", "trial"]
Row = dict[str, Any]

#: Versions that a receiver has, whatever it said about them.
DELIVERED = ("sent", "confirmed", "refused")
#: Versions that are on their way to the receiver, or there.
ALIVE = ("planned", "built", "released", *DELIVERED)

#: What is written once a package is made.
_BUILT = (
    "build_id",
    "as_known_at",
    "read_at",
    "run_date",
    "code_version",
    "definitions",
    "specification",
    "rows",
    "is_empty",
    "missing_areas",
    "files",
    "suppression",
    "pseudonym_key_id",
    "stem",
    "told_before",
    "envelope_sha256",
    "envelope_bytes",
)
_AS_JSON = ("specification", "missing_areas", "files", "suppression")

_LISTED = """
    select
        e.extract_id, e.name, e.period, e.version, e.kind, e.receiver,
        case
            when
                e.kind = 'delivery'
                and (
                    (e.status in ('planned', 'built', 'released') and e.deadline < %(today)s)
                    or (e.status = 'sent' and e.receipt_due < %(today)s)
                )
                then 'overdue'
            else e.status
        end as status,
        e.status as step, e.deadline, e.receipt_due, r.version as replaces, e.why, e.as_known_at, e.run_date,
        e.code_version, e.definitions, e.rows, e.is_empty, e.missing_areas, e.suppression, e.stem, e.envelope_sha256,
        e.envelope_bytes, e.pseudonym_key_id, e.created_at, e.built_by, e.built_at, e.released_by, e.released_at,
        e.release_note, e.sent_at, e.answered_at, e.delivered_at, e.error
    from ops.extract as e
    left join ops.extract as r on e.replaces = r.extract_id
    order by e.name, e.period, e.kind, e.version, e.extract_id
"""


_AROUND = """
    (d.cell::jsonb ->> 'model') = any(%(models)s)
    and (left(d.cell::jsonb ->> 'period', 4) = %(year)s or (d.cell::jsonb ->> 'period') = any(%(neighbours)s))
"""


@dataclass(frozen=True)
class Around:
    """The periods whose numbers may say something of a period's: those of its year, and its neighbours."""

    year: str
    neighbours: tuple[str, ...]


def listing(connection: Connection, today: date) -> list[Row]:
    """Every version of every extract; `status` is `overdue` where the promise is broken, `step` where it stands."""
    return connection.execute(_LISTED, {"today": today}).fetchall()


def extracts_as_json(connection: Connection, today: date) -> list[Row]:
    """The listing with times and days as text."""
    return [
        {name: value.isoformat() if type(value) is date else value for name, value in as_json(row).items()}
        for row in listing(connection, today)
    ]


def by_id(connection: Connection, extract_id: int) -> Row:
    """One version. Raises MentorDwError when there is none."""
    row = connection.execute("select * from ops.extract where extract_id = %s", (extract_id,)).fetchone()
    if row is None:
        raise MentorDwError(f"There is no extract {extract_id}.")
    return row


def versions(connection: Connection, name: str, period: str | None = None, kind: Kind = "delivery") -> list[Row]:
    """What is not discarded of an extract, of one period or of all, by period and version."""
    return connection.execute(
        "select * from ops.extract where name = %s and period = coalesce(%s::text, period) and kind = %s"
        " and status <> 'discarded' order by period, version",
        (name, period, kind),
    ).fetchall()


def waiting_for_release(connection: Connection, name: str, period: str) -> Row:
    """The built version of a period. Raises MentorDwError saying what there is instead."""
    found = versions(connection, name, period)
    for row in found:
        if row["status"] == "built":
            return row
    said = f"its newest version is {found[-1]['status']}" if found else "nothing of it is planned"
    raise MentorDwError(
        f"Nothing of {name} {period} waits for release: {said}.", "`mentor-dw extracts` shows what waits."
    )


def in_step(connection: Connection, steps: Collection[str], name: str | None = None) -> list[Row]:
    """The deliveries that stand at one of `steps`, oldest first."""
    return connection.execute(
        "select * from ops.extract where kind = 'delivery' and status = any(%s) and name = coalesce(%s::text, name)"
        " order by extract_id",
        (list(steps), name),
    ).fetchall()


def began_at(connection: Connection, name: str) -> datetime | None:
    """When the first delivery of an extract was planned; None when there is none yet."""
    row = connection.execute(
        "select min(created_at) as began from ops.extract where name = %s and kind = 'delivery'", (name,)
    ).fetchone()
    return row["began"] if row else None


def plan_row(
    connection: Connection,
    *,
    name: str,
    period: str,
    receiver: str,
    kind: Kind,
    by: str,
    deadline: date | None,
    replaces: int | None = None,
    why: str | None = None,
) -> int:
    """Enter the next version of a period as planned; its number in the ledger.

    A version that was discarded gives its number back, unless somebody had begun to send it.
    """
    row = connection.execute(
        """
        insert into ops.extract (name, period, version, receiver, status, kind, deadline, replaces, why)
        select
            %(name)s, %(period)s, coalesce(max(e.version), 0) + 1, %(receiver)s, 'planned', %(kind)s,
            %(deadline)s::date, %(replaces)s::bigint, %(why)s::text
        from ops.extract as e
        where
            e.name = %(name)s and e.period = %(period)s and e.kind = %(kind)s
            and (
                e.status <> 'discarded'
                or exists (
                    select from ops.extract_event as v where v.extract_id = e.extract_id and v.event = 'sending'
                )
            )
        returning extract_id, version
        """,
        {
            "name": name,
            "period": period,
            "receiver": receiver,
            "kind": kind,
            "deadline": deadline,
            "replaces": replaces,
            "why": why,
        },
    ).fetchone()
    assert row is not None
    note(connection, row["extract_id"], "planned", by, {"version": row["version"]})
    return row["extract_id"]


def move(
    connection: Connection,
    extract_id: int,
    *,
    steps: Collection[str],
    to: str,
    by: str,
    detail: dict[str, Any] | None = None,
    **columns: Any,
) -> None:
    """Move a version from one of `steps` to step `to`, set `columns`, and note the event called as the new step.

    Raises MentorDwError when it stands elsewhere: somebody was faster.
    """
    setting = ", ".join(f"{name} = %({name})s" for name in columns)
    moved = connection.execute(
        f"update ops.extract set status = %(to)s, error = null{', ' + setting if setting else ''}"
        " where extract_id = %(extract_id)s and status = any(%(steps)s)",
        columns | {"to": to, "extract_id": extract_id, "steps": list(steps)},
    ).rowcount
    if not moved:
        row = by_id(connection, extract_id)
        raise MentorDwError(f"{in_words(row)} is {row['status']}, so it cannot become {to}.")
    note(connection, extract_id, to, by, detail)


def built(
    connection: Connection,
    extract_id: int,
    facts: dict[str, Any],
    *,
    by: str,
    person_keys: Iterable[int] = (),
    told: Iterable[tuple[str, Any, Any, str | None]] = (),
) -> None:
    """A package is made: `facts` are the columns of _BUILT, `told` is (cell, value, shown, why) of each number.

    `person_keys`: whose data went into it, counted or shown.
    """
    missing = set(_BUILT) ^ facts.keys()
    if missing:
        raise ValueError(f"columns of a built extract: {sorted(missing)}")
    columns = {name: Jsonb(value) if name in _AS_JSON else value for name, value in facts.items()}
    now = connection.execute("select clock_timestamp() as now").fetchone()
    assert now is not None
    with connection.cursor() as cursor:
        with cursor.copy("copy ops.extract_person (extract_id, person_key) from stdin") as copy:
            for person_key in sorted(set(person_keys)):
                copy.write_row((extract_id, person_key))
        with cursor.copy("copy ops.disclosure (extract_id, cell, value, shown, why) from stdin") as copy:
            for cell, value, shown, why in told:
                copy.write_row((extract_id, cell, value, shown, why))
    detail = {name: facts[name] for name in ("stem", "envelope_sha256", "rows", "is_empty")}
    move(
        connection, extract_id, steps=("planned",), to="built", by=by, detail=detail,
        built_by=by, built_at=now["now"], **columns,
    )  # fmt: skip


def trouble(connection: Connection, extract_id: int, event: str, by: str, error: str) -> None:
    """Something did not work: the version stays where it is, with the error beside it."""
    connection.execute("update ops.extract set error = %s where extract_id = %s", (error, extract_id))
    note(connection, extract_id, event, by, {"error": error})


def note(connection: Connection, extract_id: int, event: str, by: str, detail: dict[str, Any] | None = None) -> None:
    """Enter what happened to a version."""
    connection.execute(
        "insert into ops.extract_event (extract_id, event, by_whom, detail) values (%s, %s, %s, %s)",
        (extract_id, event, by, Jsonb(detail or {})),
    )


def events(connection: Connection, extract_id: int) -> list[Row]:
    """What happened to a version, in order: at, event, by_whom, detail."""
    return connection.execute(
        "select at, event, by_whom, detail from ops.extract_event where extract_id = %s order by event_id",
        (extract_id,),
    ).fetchall()


def earlier_versions(
    connection: Connection, receiver: str, models: Collection[str], around: Around, but: int
) -> list[int]:
    """The versions for `receiver` that have told, or may tell, numbers of the same models around a period.

    What is built and waits counts too: otherwise two that wait would know nothing of each other.
    """
    rows = connection.execute(
        f"""
        select e.extract_id
        from ops.extract as e
        where
            e.receiver = %(receiver)s
            and e.kind = 'delivery'
            and e.status = any(%(steps)s)
            and e.extract_id <> %(but)s
            and exists (select from ops.disclosure as d where d.extract_id = e.extract_id and {_AROUND})
        order by e.extract_id
        """,
        {"receiver": receiver, "steps": ["built", "released", *DELIVERED], "but": but}
        | {"models": list(models), "year": around.year, "neighbours": list(around.neighbours)},
    ).fetchall()
    return [row["extract_id"] for row in rows]


def told(connection: Connection, extract_ids: Sequence[int], models: Collection[str], around: Around) -> list[Row]:
    """What these versions told of these models around a period: extract_id, cell, value, shown, why, in order."""
    return connection.execute(
        f"select d.extract_id, d.cell, d.value, d.shown, d.why from ops.disclosure as d"
        f' where d.extract_id = any(%(versions)s) and {_AROUND} order by d.extract_id, d.cell collate "C"',
        {"versions": list(extract_ids)}
        | {"models": list(models), "year": around.year, "neighbours": list(around.neighbours)},
    ).fetchall()


def in_words(row: Row) -> str:
    """A version as people name it, such as `star_udfald 2016K1 no. 1`."""
    trial = "trial " if row["kind"] == "trial" else ""
    return f"{row['name']} {row['period']} {trial}no. {row['version']}"
