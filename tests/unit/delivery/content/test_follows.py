"""A number that another one gives away, such as refusion by its rate, goes where that one goes."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from mentor_dw.delivery.content.count import count
from mentor_dw.delivery.content.tell import tell
from mentor_dw.delivery.disclosure.cells import Shown, Why
from mentor_dw.delivery.specification.model import Specification, TableSpec
from mentor_dw.delivery.specification.periods import parse_period
from mentor_dw.delivery.specification.read import read_specification
from mentor_dw.delivery.tables import Table

YEAR = parse_period("2015")


@pytest.fixture(scope="module")
def money() -> tuple[Specification, TableSpec]:
    spec = read_specification("ministeriet_oekonomi")
    return spec, next(table for table in spec.tables if table.name == "refusion")


def voucher(person: int, ordning: str, kroner: str) -> dict[str, Any]:
    return {
        "periode": "2015",
        "person_key": person,
        "art": "omkostning",
        "ordning": ordning,
        "refusionsstatus": "refunderes",
        "beloeb_dkk": Decimal(kroner),
        "refusion_dkk": Decimal(kroner) / 2,
    }


def test_what_follows_is_told_and_hidden_with_what_it_follows_from(money: tuple[Specification, TableSpec]) -> None:
    spec, table = money
    rows = [voucher(1, "fastholdelse", "100.01"), voucher(2, "udslusning", "50"), voucher(3, "udskrivning", "-8")]
    counted = count(spec, table, rows, YEAR)
    refusion = {cell.key: cell for cell in counted.cells if cell.kind == "derived"}
    assert len(refusion) == 4
    assert all(not {relation.total, *relation.parts} & refusion.keys() for relation in counted.relations)
    forbrug = {line.codes[0]: line.keys[0] for line in counted.lines}
    assert {cell.follows for cell in refusion.values()} == {(key,) for key in forbrug.values()}

    hidden = forbrug["udslusning"]
    shown = {
        cell.key: Shown(None, Why.SMALL) if hidden in (cell.key, *cell.follows) else Shown(cell.value, None)
        for cell in counted.cells
    }
    ordninger = {ordning: ordning for ordning in forbrug if ordning != "i_alt"}
    assert lines(tell(spec, table, counted, shown, {"dim_ordning": ordninger})) == {
        "fastholdelse": (Decimal("100.01"), Decimal("50.0050"), 0),
        "i_alt": (Decimal("142.01"), Decimal("71.0050"), 0),
        "udskrivning": (Decimal("-8.00"), Decimal("-4.0000"), 0),
        "udslusning": (None, None, 1),
    }


def lines(table: Table) -> dict[Any, tuple[Any, ...]]:
    return {row[0]: row[1:] for row in table.rows}
