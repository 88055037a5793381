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


def carrying(counts: Specification, **carries_over: object) -> TableSpec:
    """The example as a table of the stock of each month."""
    return TableSpec.model_validate(
        counts.tables[0].model_dump() | {"adds_up_over_time": False, "carries_over": carries_over}
    )


def test_who_goes_on_at_the_end_of_a_month_is_there_in_the_next(counts: Specification) -> None:
    stock = carrying(
        counts, dimension="status", leaves="loebende", enters=["loebende", "afsluttet"], unchanged=["maalgruppe"]
    )
    enough = [key("2016-02", status_code=one) for one in ("startet", "loebende", "afsluttet")]
    group = {"maalgruppe_code": "3"}
    keys = [key("2016-01", status_code="loebende"), key("2016-01", status_code="startet"), *enough]
    keys += [key("2016-01", status_code="loebende", **group), key("2016-02", status_code="loebende", **group)]
    # A kommune is moved away from, so nothing carries over for one kommune.
    keys += [key(month, status_code="loebende", kommune_code="101") for month in ("2016-01", "2016-02")]
    relations = period_relations([stock], keys)
    assert {(one.total, one.parts) for one in relations} == {
        (key("2016-01", status_code="loebende"), (enough[1], enough[2])),
        (key("2016-01", status_code="loebende", **group), (key("2016-02", status_code="loebende", **group),)),
    }
    assert period_relations([stock], [one for one in keys if "2016-02" not in one]) == []


def test_the_level_above_may_be_what_leaves(counts: Specification) -> None:
    stock = carrying(counts, dimension="kommune", leaves="84", enters=["101", "147"])
    keys = [key("2015-12", region_code="84"), key("2016-01", kommune_code="101"), key("2016-01", kommune_code="147")]
    (relation,) = period_relations([stock], keys)
    assert (relation.total, relation.parts) == (keys[0], (keys[1], keys[2]))
