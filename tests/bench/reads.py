"""What it costs a query that its read is noted: the same query with the policies of a publish and without any note."""

from __future__ import annotations

import time

import psycopg
from places import medians, warehouse

from mentor_dw.database import address, connect
from mentor_dw.ledger.access import collect
from mentor_dw.local.postgres import server_log
from mentor_dw.warehouse.plan import CASEWORK, PERSON, PublishedModel
from mentor_dw.warehouse.rights import secure

ROWS, LISTED, ROUNDS, AT_A_TIME = 100_000, 1_000, 7, 50
#: Login, query, how often it runs in a round.
QUERIES = {
    "one_citizen": ("bi_reader", "select * from bi.bench_fact where fact_key = 77", AT_A_TIME),
    "all_rows": ("bi_reader", "select kommune_code, count(*), sum(beloeb) from bi.bench_fact group by 1", 5),
    "list_of_casework": ("casework", "select * from bi.bench_list", 5),
}
MODELS = [
    PublishedModel(
        "bench_fact",
        "",
        dict.fromkeys(("fact_key", "person_key", "kommune_code", "beloeb"), ""),
        (),
        adgang=PERSON,
        omraade="kommune_code",
    ),
    PublishedModel("bench_list", "", dict.fromkeys(("list_key", "person_key", "dage"), ""), (), adgang=CASEWORK),
]


def measure() -> dict[str, float]:
    """By query: milliseconds noted and not, and their ratio; microseconds to collect one note."""
    with warehouse() as settings:
        with connect("transformer") as connection:
            connection.execute(
                "create table bi.bench_fact as select n::bigint as fact_key, n::bigint as person_key,"
                f" lpad((n % 98)::text, 3, '1') as kommune_code, n * 1.5 as beloeb from generate_series(1, {ROWS}) as n"
            )
            connection.execute("alter table bi.bench_fact add primary key (fact_key)")
            connection.execute(
                "create table bi.bench_list as select n::bigint as list_key, n::bigint as person_key,"
                f" (n % 90)::integer as dage from generate_series(1, {LISTED}) as n"
            )
            secure(connection, "bi", MODELS)
        rounds = []
        for _ in range(ROUNDS):
            noted = {f"{name}_noted_ms": milliseconds(*query) for name, query in QUERIES.items()}
            noting("disable")
            rounds.append(noted | {f"{name}_ms": milliseconds(*query) for name, query in QUERIES.items()})
            noting("enable")
        found = medians(rounds)
        for name in QUERIES:
            found[f"{name}_ratio"] = round(found[f"{name}_noted_ms"] / found[f"{name}_ms"], 2)
        notes = ROUNDS * sum(times * (LISTED + 1 if role == "casework" else 1) for role, _, times in QUERIES.values())
        began = time.perf_counter()
        collect(server_log(settings))
        return found | {"collect_us_a_note": round((time.perf_counter() - began) * 1e6 / notes, 1)}


def noting(action: str) -> None:
    """Put the tables under their policies, or take the policies off."""
    with connect("transformer") as connection:
        for model in MODELS:
            connection.execute(f"alter table bi.{model.name} {action} row level security")


def milliseconds(role: str, query: str, times: int) -> float:
    """Of one run of `query`, the session open already."""
    with psycopg.connect(address(role).url(), options="-c mentor_dw.purpose=bench", autocommit=True) as session:
        session.execute(query).fetchall()
        began = time.perf_counter()
        for _ in range(times):
            session.execute(query).fetchall()
        return (time.perf_counter() - began) * 1000 / times
