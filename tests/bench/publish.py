"""How long a publish of one million rows takes when four per cent of them changed.

Run with MENTOR_DW_HOME set to an installation whose warehouse may be overwritten:

    python tests/bench/publish.py
"""

from __future__ import annotations

import time

from mentor_dw.database import connect
from mentor_dw.warehouse.plan import ForeignKey, PublishedModel, keep_plan
from mentor_dw.warehouse.publish import publish

ROWS = 1_000_000
PLAN = [
    PublishedModel("bench_dim", "", {}, ()),
    PublishedModel("bench_fact", "", {}, (ForeignKey(("dim_key",), "bench_dim", ("dim_key",)),)),
]

#: Two per cent of the rows have another value, one per cent are gone, one per cent are new.
FACTS = """
    insert into work.bench_fact
    select
        n,
        n % 1000,
        date '2008-01-01' + n % 5000,
        'text of row ' || n,
        case when n % 50 = 1 then n + {state} else n end,
        n * 1.5,
        n % 2 = 0
    from generate_series({state} * {rows} / 100, {rows} + {state} * {rows} / 100 - 1) as n
"""


def prepare(state: int) -> int:
    """State `state` of both tables in `work`; the number of its build."""
    with connect("transformer") as connection:
        connection.execute("drop table if exists work.bench_dim, work.bench_fact")
        connection.execute("create table work.bench_dim (dim_key bigint primary key, label text)")
        connection.execute(
            "create table work.bench_fact (fact_key bigint primary key, dim_key bigint, dato date, tekst text,"
            " minutter integer, beloeb numeric, er_god boolean)"
        )
        connection.execute("insert into work.bench_dim select n, 'label ' || n from generate_series(0, 999) as n")
        connection.execute(FACTS.format(state=state, rows=ROWS))
        row = connection.execute(
            "insert into ops.build (status, built_at) values ('built', now()) returning build_id"
        ).fetchone()
        keep_plan(connection, row["build_id"], PLAN)
    return row["build_id"]


def main() -> None:
    """Publish a first state, the next one, and the same one again, and print seconds and changes."""
    for title, state in (("first publish", 0), ("4 pct changed", 1), ("nothing changed", 1)):
        number = prepare(state)
        started = time.monotonic()
        result = publish(number)
        print(f"{title}: {result['seconds']:.2f} s, with statistics {time.monotonic() - started:.2f} s", end="; ")
        print(result["changes"].get("bench_fact", "no change"))


if __name__ == "__main__":
    main()
