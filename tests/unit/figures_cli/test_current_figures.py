"""Figures leave the warehouse as JSON numbers, and their agreement with the published ones is counted."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from mentor_dw.database import connect
from mentor_dw.figures import current_figures, figure_summary, rows_as_json


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("922", "922"),
        ("922.000", "922"),
        ("0.285", "0.285"),
        ("66.66666666666666666667", "66.66666666666667"),
        ("0", "0"),
        ("-1.5", "-1.5"),
    ],
)
def test_a_value_keeps_the_decimals_that_json_readers_keep(value: str, text: str) -> None:
    row = {"measure": "m", "dimensions": {}, "value": Decimal(value), "unit": "u"}
    assert json.dumps(rows_as_json([row])[0]["value"]) == text


def test_an_unknown_value_stays_unknown() -> None:
    assert rows_as_json([{"measure": "m", "dimensions": {}, "value": None, "unit": "u"}])[0]["value"] is None


@pytest.mark.postgres
def test_only_rows_that_should_agree_are_counted(warehouse) -> None:
    with connect("transformer") as connection:
        connection.execute(
            "create table bi.figure (measure text, dimensions jsonb, value numeric, unit text,"
            " primary key (measure, dimensions))"
        )
        connection.execute("insert into bi.figure values ('b', '{\"a\": 1}', 2.50, 'timer'), ('a', '{}', 3, 'borgere')")
        connection.execute(
            "create table bi.figure_published (id text primary key, measure text, dimensions jsonb,"
            " published_value text, computed_value numeric, unit text, reproduce text, loaded boolean,"
            " defined boolean, agrees boolean)"
        )
        connection.execute(
            "insert into bi.figure_published values"
            " ('1', 'm', '{}', '3', 3, 'u', 'exact', true, true, true),"
            " ('2', 'm', '{}', 'ca. 4', 5.25, 'u', 'tolerance', true, true, false),"
            " ('3', 'm', '{}', '4', null, 'u', 'exact', true, true, null),"
            " ('4', 'm', '{}', '4', null, 'u', 'exact', false, true, null),"
            " ('5', 'm', '{}', '4', 5, 'u', 'published_only', true, true, false),"
            " ('6', 'n', '{}', '4', null, 'u', 'exact', true, false, null)"
        )
        connection.execute("grant select on bi.figure, bi.figure_published to bi_reader")
    assert current_figures() == [
        {"measure": "a", "dimensions": {}, "value": 3, "unit": "borgere"},
        {"measure": "b", "dimensions": {"a": 1}, "value": 2.5, "unit": "timer"},
    ]
    good, total, mismatches = figure_summary()
    assert (good, total) == (1, 3)
    assert [(row["id"], row["computed_value"]) for row in mismatches] == [("2", 5.25), ("3", None)]
