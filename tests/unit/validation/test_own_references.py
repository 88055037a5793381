"""Rows that refer to rows of their own member: followed to any depth, by both ways to count."""

from __future__ import annotations

import pytest

from mentor_dw.config import Settings
from mentor_dw.database import connect
from mentor_dw.feeds import load_feed, table_name
from mentor_dw.landing.tables import ensure_tables
from mentor_dw.validation.gx_suite import rows_sql
from mentor_dw.validation.judge import judge
from mentor_dw.validation.rules import rules_for

pytestmark = pytest.mark.postgres

LENGTH = 1000
#: Courses 1 to LENGTH, each continuing the one before it; `first` is what the first one continues.
_LAND = """
insert into landing.biflis__mentorforloeb (
    delivery_id, line_number, mentorforloeb_id, person_key, mentortype, haendelse, forrige_id, start_dato,
    planlagt_slut, minutter_pr_uge, leverandoer_id
)
select
    1, n + 1, n, 7, 'fastholdelse', 'ny', case when n = 1 then {first} else (n - 1)::text end, {start}, '01-01-2015',
    '45', '31'
from generate_series(1, {length}) as n
"""


@pytest.mark.parametrize(
    ("first", "start", "follow"),
    [
        ("null", "'01-01-2014'", 0),
        ("null", "case when n = 1 then 'i går' else '01-01-2014' end", LENGTH - 1),
        ("'999999'", "'01-01-2014'", LENGTH),
        ("'1'", "'01-01-2014'", 0),
        (f"'{LENGTH}'", "'01-01-2014'", 0),
        (f"'{LENGTH}'", "case when n = 7 then '' else '01-01-2014' end", LENGTH),
    ],
    ids=["a whole chain", "the first is bad", "the first dangles", "to itself", "a circle", "a circle with a fault"],
)
def test_a_chain_stays_or_goes_as_a_whole(warehouse: Settings, first: str, start: str, follow: int) -> None:
    feed = load_feed("biflis")
    rules = rules_for(feed)
    rule = next(rule for rule in rules if rule.kind == "own_reference")
    table = f"landing.{table_name('biflis', rule.member)}"
    with connect("loader") as connection:
        ensure_tables(connection, feed)
        connection.execute(f"truncate {table}, landing.biflis__borger, landing.biflis__leverandoer")
        connection.execute(
            "insert into landing.biflis__borger (delivery_id, line_number, person_key, koen, foedselsdato,"
            " bopaelskommune) values (1, 2, 7, 'K', '01-01-1980', '101')"
        )
        connection.execute(
            "insert into landing.biflis__leverandoer (delivery_id, line_number, leverandoer_id, navn, type)"
            " values (1, 2, '31', 'Huset', 'ekstern')"
        )
        connection.execute(_LAND.format(first=first, start=start, length=LENGTH))
        verdict = judge(connection, 1, feed)
        for_gx = rows_sql(feed, rules, rule).replace("{batch}", table)
        counted = connection.execute(f"select count(*) as rows from ({for_gx}) as found").fetchone()
    assert verdict.counts[rule.rule_id] == counted["rows"] == follow
    assert verdict.members["mentorforloeb.csv"].rows_quarantined == (follow and LENGTH)
