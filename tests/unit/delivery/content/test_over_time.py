"""Sums between the periods that a receiver was told."""

from __future__ import annotations

from mentor_dw.delivery.content.counted import cell_key
from mentor_dw.delivery.content.over_time import period_relations
from mentor_dw.delivery.disclosure.cells import CellKey
from mentor_dw.delivery.specification.model import Specification, TableSpec
from mentor_dw.delivery.specification.periods import parse_period


def key(period: str, measure: str = "rows", model: str = "ext_star__eksempel_v1", **where: str) -> CellKey:
    return cell_key(measure, model, parse_period(period), {"art": "mentor", **where})


def test_a_quarter_is_the_sum_of_its_months(counts: Specification) -> None:
    keys = [key(period) for period in ("2016-01", "2016-02", "2016-03", "2016-04", "2016K1", "2016K2")]
    (relation,) = period_relations(counts.tables, keys)
    assert relation.total == key("2016K1")
    assert relation.parts == (key("2016-01"), key("2016-02"), key("2016-03"))


def test_a_month_without_the_code_is_a_0_and_a_month_not_told_is_unknown(counts: Specification) -> None:
    place = {"kommune_code": "101"}
    others = [key(period, kommune_code="147") for period in ("2016-01", "2016-02")]
    keys = [key("2016K1", **place), key("2016-01", **place), *others]
    assert period_relations(counts.tables, keys) == []
    (relation,) = period_relations(counts.tables, [*keys, key("2016-03", kommune_code="147")])
    assert (relation.total, relation.parts) == (key("2016K1", **place), (key("2016-01", **place),))


def test_a_year_is_the_sum_of_its_quarters_and_of_its_months(counts: Specification) -> None:
    quarters = [key(f"2016K{n}") for n in range(1, 5)]
    months = [key(f"2016-{n:02d}") for n in range(1, 13)]
    relations = {
        (one.total, len(one.parts)) for one in period_relations(counts.tables, [key("2016"), *quarters, *months])
    }
    assert relations == {(key("2016"), 4), (key("2016"), 12), *((one, 3) for one in quarters)}


def test_only_what_adds_up_over_time_does(counts: Specification) -> None:
    periods = ("2016-01", "2016-02", "2016-03", "2016K1")
    share, other = "share:rows:status_code", "ext_star__andet_v1"
    assert period_relations(counts.tables, [key(one, share) for one in periods]) == []
    assert period_relations(counts.tables, [key(one, model=other) for one in periods]) == []
    stock = TableSpec.model_validate(counts.tables[0].model_dump() | {"adds_up_over_time": False})
    assert period_relations([stock], [key(one) for one in periods]) == []
