"""The dashboards as they lie in the project: they hold together, ask for what is there, and for what may be seen."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
import yaml
from mentor_assets import in_our_form, read_assets
from sqlglot import exp, parse_one
from sqlglot.errors import OptimizeError
from sqlglot.optimizer.qualify import qualify

from mentor_dw.config import PROJECT_ROOT

TEXTS = read_assets()
ASSETS = {name: yaml.safe_load(text) for name, text in TEXTS.items()}


def of_kind(folder: str) -> dict[str, dict[str, Any]]:
    """The assets of one folder, by uuid."""
    return {asset["uuid"]: asset for name, asset in ASSETS.items() if name.startswith(f"{folder}/")}


DATASETS, CHARTS, DASHBOARDS = of_kind("datasets"), of_kind("charts"), of_kind("dashboards")
BY_NAME = {dataset["table_name"]: dataset for dataset in DATASETS.values()}


@cache
def models() -> dict[str, dict[str, Any]]:
    """Every model that is published in `bi`, by name, as its YAML has it."""
    files = (PROJECT_ROOT / "dbt_project" / "models").rglob("*.yml")
    read = (yaml.safe_load(file.read_text(encoding="utf-8")) for file in files)
    found = (model for content in read for model in content.get("models", ()))
    return {model["name"]: model for model in found if "adgang" in model.get("config", {}).get("meta", {})}


@cache
def columns_read(sql: str) -> set[tuple[str, str]]:
    """Table and column of everything that a query on `bi` reads. Raises OptimizeError for what no model has."""
    schema = {"bi": {name: {c["name"]: "text" for c in m["columns"]} for name, m in models().items()}}
    tree = qualify(parse_one(sql, dialect="postgres"), schema=schema, dialect="postgres")
    found = set()
    for scope in tree.find_all(exp.Select):
        tables = {table.alias_or_name: table for table in scope.find_all(exp.Table)}
        for column in scope.find_all(exp.Column):
            if column.table in tables:
                assert tables[column.table].db == "bi"
                found.add((tables[column.table].name, column.name))
    return found


def hidden_from_scoped(table: str, column: str) -> bool:
    """Whether a scoped role may not read the column (docs/roles.md)."""
    model = models()[table]
    of = next(one for one in model["columns"] if one["name"] == column)
    special = of.get("config", {}).get("meta", {}).get("saerlig_kategori")
    area = model["config"]["meta"]["adgang"] in ("alle_omraader", "sagsbehandling")
    return area or special is not None or column.endswith("person_key")


def test_there_are_three_dashboards_with_four_to_six_charts_and_filters() -> None:
    assert {one["slug"] for one in DASHBOARDS.values()} == {"mentorpraksis", "udfald", "budgetter"}
    for dashboard in DASHBOARDS.values():
        assert 4 <= len(charts_of(dashboard)) <= 6 and dashboard["published"]
        assert len(dashboard["metadata"]["native_filter_configuration"]) >= 2


def charts_of(dashboard: dict[str, Any]) -> list[str]:
    """The uuids of the charts that stand on a dashboard."""
    nodes = [node for node in dashboard["position"].values() if isinstance(node, dict)]
    return [node["meta"]["uuid"] for node in nodes if node.get("type") == "CHART"]


def test_what_points_to_something_points_to_what_is_there() -> None:
    (database,) = of_kind("databases")
    assert {dataset["database_uuid"] for dataset in DATASETS.values()} == {database}
    filtered = {target["datasetUuid"] for target in filter_targets()}
    assert {chart["dataset_uuid"] for chart in CHARTS.values()} | filtered == set(DATASETS)
    assert Counter(uuid for one in DASHBOARDS.values() for uuid in charts_of(one)) == Counter(list(CHARTS))


def test_no_two_assets_have_one_uuid() -> None:
    uuids = [asset["uuid"] for asset in ASSETS.values() if "uuid" in asset]
    assert len(uuids) == len(set(uuids)) == len(ASSETS) - 1


def test_no_login_stands_in_an_asset() -> None:
    for name, text in TEXTS.items():
        assert not re.search(r"passw|secret|token|://[^/\s]*@", text, re.IGNORECASE), name


@pytest.mark.parametrize("name", sorted(TEXTS))
def test_an_asset_is_as_an_export_would_write_it(name: str) -> None:
    assert in_our_form(name, TEXTS[name]) == (name, TEXTS[name])


@pytest.mark.parametrize("name", sorted(BY_NAME))
def test_a_dataset_reads_what_the_models_have_and_gives_what_it_says(name: str) -> None:
    dataset = BY_NAME[name]
    read = columns_read(dataset["sql"])
    selects = list(parse_one(dataset["sql"], dialect="postgres").find_all(exp.Select))
    assert read and {column["column_name"] for column in dataset["columns"]} == set(selects[0].named_selects)
    for metric in dataset["metrics"]:
        used = {column.name for column in parse_one(metric["expression"], dialect="postgres").find_all(exp.Column)}
        assert used <= {column["column_name"] for column in dataset["columns"]}, metric["metric_name"]


@pytest.mark.parametrize("name", sorted(BY_NAME))
def test_a_scoped_role_may_read_what_is_not_for_all_areas(name: str) -> None:
    hidden = {one for one in columns_read(BY_NAME[name]["sql"]) if hidden_from_scoped(*one)}
    assert bool(hidden) == bool((BY_NAME[name]["extra"] or {}).get("all_areas")), hidden


def test_a_column_that_no_model_has_and_one_that_is_hidden_are_noticed() -> None:
    with pytest.raises(OptimizeError):
        columns_read("select f.findes_ikke from bi.fct_tidsforbrug as f")
    assert columns_read("select f.minutter from bi.fct_tidsforbrug as f") == {("fct_tidsforbrug", "minutter")}
    for table, column in (
        ("fct_refusion", "ordning_code"),
        ("fct_udfald", "person_key"),
        ("stock_budget_forbrug", "aar"),
        ("compliance_overdue", "forloeb_key"),
    ):
        assert hidden_from_scoped(table, column)


def names_in(chart: dict[str, Any]) -> Iterator[str]:
    """Every column and metric of its dataset that a chart names."""
    params = chart["params"]
    for one in [*params["metrics"], *params.get("groupby", ())]:
        yield one
    for one in ("x_axis", "x_axis_sort"):
        if params.get(one):
            yield params[one]
    for one in params["adhoc_filters"]:
        assert one["expressionType"] == "SIMPLE"
        yield one["subject"]


@pytest.mark.parametrize("uuid", sorted(CHARTS), ids=lambda uuid: CHARTS[uuid]["slice_name"])
def test_a_chart_names_what_its_dataset_has(uuid: str) -> None:
    dataset = DATASETS[CHARTS[uuid]["dataset_uuid"]]
    known = {one["column_name"] for one in dataset["columns"]} | {one["metric_name"] for one in dataset["metrics"]}
    assert set(names_in(CHARTS[uuid])) <= known


def test_a_filter_names_a_column_that_a_scoped_role_has() -> None:
    for target in filter_targets():
        dataset = DATASETS[target["datasetUuid"]]
        assert target["column"]["name"] in {column["column_name"] for column in dataset["columns"]}
        assert not (dataset["extra"] or {}).get("all_areas")


def filter_targets() -> list[dict[str, Any]]:
    """Dataset and column of every filter that has one."""
    filters = [one for board in DASHBOARDS.values() for one in board["metadata"]["native_filter_configuration"]]
    return [target for one in filters for target in one["targets"] if target]


def test_every_package_of_superset_is_pinned() -> None:
    folder = PROJECT_ROOT / "superset"
    pinned = re.findall(
        r"^([a-z0-9._-]+)==\S+", (folder / "requirements.txt").read_text(encoding="utf-8"), re.MULTILINE
    )
    text = (folder / "requirements.in").read_text(encoding="utf-8")
    wished = re.findall(r"^([a-z0-9-]+)", text, re.MULTILINE)
    assert "apache-superset==6.1.0" in text and {"rich", "psycopg2-binary", *wished} <= set(pinned)
