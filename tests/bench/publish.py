"""How long a publish takes when four per cent of the rows changed, at sample size and with one million rows."""

from __future__ import annotations

from places import medians, warehouse

from mentor_dw.database import connect
from mentor_dw.warehouse.plan import ForeignKey, PublishedModel, keep_plan
from mentor_dw.warehouse.publish import publish

SIZES = {"sample": 10_000, "million": 1_000_000}
ROUNDS = 5
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


def measure() -> dict[str, float]:
    """By size: seconds of the first publish, the median with 4 per cent changed, and with nothing changed."""
    result: dict[str, float] = {}
    for size, rows in SIZES.items():
        with warehouse():
            result[f"{size}_first"] = published(0, rows)
            found = medians([{"changed": published(state, rows)} for state in range(1, ROUNDS + 1)])
            result |= {f"{size}_4_pct_{name}": value for name, value in found.items()}
            result[f"{size}_nothing_changed"] = published(ROUNDS, rows)
    return result


def published(state: int, rows: int) -> float:
    """Seconds of the publish of state `state`."""
    number = prepare(state, rows)
    return round(publish(number)["seconds"], 3)


def prepare(state: int, rows: int) -> int:
    """State `state` of both tables in `work`; the number of its build."""
    with connect("transformer") as connection:
        connection.execute("drop table if exists work.bench_dim, work.bench_fact")
        connection.execute("create table work.bench_dim (dim_key bigint primary key, label text)")
        connection.execute(
            "create table work.bench_fact (fact_key bigint primary key, dim_key bigint, dato date, tekst text,"
            " minutter integer, beloeb numeric, er_god boolean)"
        )
        connection.execute("insert into work.bench_dim select n, 'label ' || n from generate_series(0, 999) as n")
        connection.execute(FACTS.format(state=state, rows=rows))
        row = connection.execute(
            "insert into ops.build (status, built_at) values ('built', now()) returning build_id"
        ).fetchone()
        keep_plan(connection, row["build_id"], PLAN)
    return row["build_id"]
