"""What is committed for dbt follows from the feeds and the holidays package."""

from __future__ import annotations

import pytest
import yaml

from mentor_dw.feeds import load_feed, sources
from mentor_dw.landing.wide_tables import WIDE_TABLES
from mentor_dw.warehouse import calendar_seed, dbt_sources


@pytest.mark.parametrize("source", sources())
def test_the_committed_sources_file_is_what_the_feed_says(source: str) -> None:
    committed = dbt_sources.sources_file(source).read_text(encoding="utf-8")
    assert committed == dbt_sources.render_sources(load_feed(source)), "run python -m mentor_dw.warehouse.dbt_sources"


@pytest.mark.parametrize("source", sources())
def test_a_cpr_number_has_no_column(source: str) -> None:
    feed = load_feed(source)
    document = yaml.safe_load(dbt_sources.render_sources(feed))
    tables = {table["identifier"]: table for table in document["sources"][0]["tables"]}
    assert len(tables) == (len(WIDE_TABLES) if feed.wide else len(feed.members))
    assert feed.wide is None or not {"pnr", "cpr"} & {c["name"] for table in tables.values() for c in table["columns"]}
    for member, spec in feed.members.items():
        columns = [column["name"] for column in tables[dbt_sources.table_name(source, member)]["columns"]]
        assert columns[:2] == ["delivery_id", "line_number"]
        personal = {field.name for field in spec.fields if field.type == "cpr"}
        assert not personal & set(columns)
        assert ("person_key" in columns) == bool(personal)


def test_the_committed_holidays_are_what_the_package_says() -> None:
    assert calendar_seed.SEED.read_text(encoding="utf-8") == calendar_seed.render_seed(), (
        "run python -m mentor_dw.warehouse.calendar_seed"
    )


def test_store_bededag_is_a_holiday_until_2023() -> None:
    years = [line[:4] for line in calendar_seed.render_seed().splitlines() if line.endswith(",Store bededag")]
    assert years == [str(year) for year in range(1990, 2024)]
