"""From accepted rows to published tables, with a project of four models."""

from __future__ import annotations

import pytest
from mentor_dw.database import connect
from mentor_dw.warehouse.build import build, is_built_with
from mentor_dw.warehouse.publish import publish

pytestmark = pytest.mark.postgres


def silent(_: str) -> None:
    """Nobody listens."""


def read(query: str, role: str = "bi_reader") -> list[dict]:
    with connect(role) as connection:
        return connection.execute(query).fetchall()


def test_a_delivery_becomes_tables_figures_and_changes(deliver, small_project) -> None:
    first = deliver("2026-01-31", [(1, "kok", 10), (2, "smed", 20)])
    said: list[str] = []

    number = build(said.append, small_project)
    assert is_built_with([first]) is None, "a build that is not published holds nothing yet"
    result = publish(number)

    assert result["changes"]["fct_svend"] == {"inserted": 2, "updated": 0, "deleted": 0}
    assert result["figures"] == 3
    assert read("select svend_id, timer::int as timer from bi.fct_svend order by 1") == [
        {"svend_id": 1, "timer": 10},
        {"svend_id": 2, "timer": 20},
    ]
    assert is_built_with([first]) == number
    line = read(f"select * from ops.build where build_id = {number}", "operator")[0]
    assert line["status"] == "published"
    assert line["deliveries"] == [first]
    assert line["effective"] == {"small": first}
    assert line["models"] == 4
    assert line["tests"] == 1
    assert line["figures"] == 3
    assert any("deliveries count" in text for text in said)

    # The same again changes nothing and is published all the same.
    again = build(silent, small_project)
    assert publish(again)["changes"] == {}
    assert read(f"select * from ops.change where build_id = {again}", "operator") == []
    assert is_built_with([first]) == again

    # A later delivery replaces the rows of the earlier one.
    second = deliver("2026-02-28", [(1, "kok", 11), (3, "kok", 5)])
    third = build(silent, small_project)
    assert publish(third)["changes"]["fct_svend"] == {"inserted": 1, "updated": 1, "deleted": 1}
    assert is_built_with([first, second]) == third
    figures = read(f"select measure, value::int as value from ops.build_figure where build_id = {third}", "operator")
    assert {"measure": "timer", "value": 16} in figures
