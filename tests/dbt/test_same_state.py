"""Built in parts after every kind of delivery, or built at once from nothing: `bi` holds the same, then and later."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from feed_rows import PERSONS, deliver
from psycopg.sql import SQL, Identifier

from mentor_dw.database import connect
from mentor_dw.ledger.deliveries import withdraw
from mentor_dw.warehouse.as_known import drop_past, rebuild_as_known_at
from mentor_dw.warehouse.build import build
from mentor_dw.warehouse.publish import publish

pytestmark = [pytest.mark.postgres, pytest.mark.long, pytest.mark.timeout(900)]


def silent(_: str) -> None:
    """Nobody listens."""


def take_out(delivery_id: int) -> None:
    with connect("loader") as connection:
        withdraw(connection, delivery_id, "derfor", "prøve")


def link(older: int, newer: int) -> None:
    with connect("loader") as connection:
        connection.execute(
            "insert into ops.person_link (person_key, same_as_person_key, decision, by_whom)"
            " values (%s, %s, 'Nyt nummer', 'prøve')",
            (older, newer),
        )


def correct_and_deliver_late() -> None:
    deliver("biflis", "2016-05", seed=4)
    deliver("biflis", "2016-04", seed=5)


#: What happens, in order; everything that a build can be asked for. The state after the last ones is built from nothing
#: as well.
EVENTS = {
    "the web registrations come": lambda: deliver("webreg", "2010-12-31", seed=1),
    "BIFLIS comes": lambda: deliver("biflis", "2016-05", seed=3),
    "DREAM comes": lambda: deliver("dream", "2016-05", seed=2),
    "BIFLIS is corrected and an earlier month comes late": correct_and_deliver_late,
    "a person has a new number": lambda: link(PERSONS[0], PERSONS[1]),
    "the correction is withdrawn": lambda: take_out(4),
}
COMPARED = 2


def state(schema: str) -> dict[str, str]:
    """A fingerprint of the rows of every table, whatever the order of its rows and columns."""
    found = {}
    with connect("transformer") as connection:
        tables = connection.execute(
            "select relname as name from pg_class where relnamespace = %s::regnamespace and relkind = 'r'", (schema,)
        ).fetchall()
        for table in tables:
            row = connection.execute(
                SQL(
                    "select count(*) || ' ' || coalesce(md5(string_agg(h, '' order by h)), '') as rows"
                    " from (select md5(to_jsonb(t)::text) as h from {} as t) as hashed"
                ).format(Identifier(schema, table["name"]))
            ).fetchone()
            found[table["name"]] = row["rows"]
    return found


def rebuilt(number: int) -> list[str] | None:
    with connect("operator") as connection:
        row = connection.execute("select rebuilt from ops.build where build_id = %s", (number,)).fetchone()
    return row["rebuilt"]


def test_builds_in_parts_give_what_a_build_from_nothing_gives(warehouse) -> None:
    shown: dict[str, tuple[datetime, dict[str, str]]] = {}
    parts: dict[str, list[str] | None] = {}
    for event, happen in EVENTS.items():
        happen()
        number = build(silent)
        publish(number)
        shown[event] = (datetime.now(UTC), state("bi"))
        parts[event] = rebuilt(number)

    assert parts.pop("the web registrations come") is None
    for event, names in parts.items():
        assert names, f"{event}: everything was built"
        assert not {"stg_webreg__opgaver", "dim_koen", "helligdage"} & set(names), event
    # The example must be one in which things change.
    assert len({str(tables) for _, tables in shown.values()}) == len(EVENTS)
    assert rebuilt(build(silent)) == ["int_deliveries__effective", "int_deliveries__known"], "something was missing"

    different = []
    for event, (moment, tables) in list(shown.items())[-COMPARED:]:
        rebuild_as_known_at(moment, "fortid", silent)
        then = state("fortid")
        drop_past("fortid")
        different += [f"{event}: {name}" for name in tables.keys() | then.keys() if tables.get(name) != then.get(name)]
    assert not different
