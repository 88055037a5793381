"""What a feed calls a special category is one in the published tables too, and the other way round."""

from __future__ import annotations

from collections.abc import Iterator

import yaml

from mentor_dw.config import PROJECT_ROOT
from mentor_dw.feeds import FieldSpec, SeriesSpec, load_feed, sources

MODELS = PROJECT_ROOT / "dbt_project" / "models" / "stars"


def fields() -> Iterator[FieldSpec | SeriesSpec]:
    for feed in map(load_feed, sources()):
        for member in feed.members.values():
            yield from member.fields
        if feed.wide:
            yield from (*feed.wide.fields, *feed.wide.series)


def hidden_columns() -> set[str]:
    """The columns that the models mark as special categories."""
    models = [
        model for path in MODELS.rglob("*.yml") for model in yaml.safe_load(path.read_text(encoding="utf-8"))["models"]
    ]
    columns = [column for model in models for column in model.get("columns", [])]
    return {column["name"] for column in columns if "saerlig_kategori" in column.get("config", {}).get("meta", {})}


def test_code_lists_of_special_categories_are_the_hidden_columns() -> None:
    lists = {field.code_list for field in fields() if field.code_list}
    special = {field.code_list for field in fields() if field.code_list and field.special_category}
    hidden = {name.removesuffix("_code") for name in hidden_columns() if name.endswith("_code")}
    assert len(special) > 5
    assert hidden & lists == special
