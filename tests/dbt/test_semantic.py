"""The metrics beside the models: one for each measure or a reason why not, on the keys that the tables have."""

from __future__ import annotations

import csv
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from mentor_dw.config import PROJECT_ROOT
from mentor_dw.errors import MentorDwError
from mentor_dw.warehouse.dbt_run import lend_cache, parse

PROJECT = PROJECT_ROOT / "dbt_project"
SEMANTIC = sorted((PROJECT / "models" / "semantic").glob("*.yml"))
TOLD = [yaml.safe_load(path.read_text(encoding="utf-8")) for path in SEMANTIC]
SEMANTIC_MODELS = [one for told in TOLD for one in told["semantic_models"]]
METRICS = [one for told in TOLD for one in told.get("metrics", [])]


def defined() -> set[str]:
    with (PROJECT / "seeds" / "figures" / "figure_definition_text.csv").open(encoding="utf-8", newline="") as handle:
        return {row["measure"] for row in csv.DictReader(handle)}


def reasons() -> dict[str, str]:
    """Why a measure is no metric, as docs/measures.md has it."""
    page = (PROJECT_ROOT / "docs" / "measures.md").read_text(encoding="utf-8")
    table = page.split("These measures are no metrics")[1].split("\n## ")[0]
    return {
        measure: why
        for why, measures in re.findall(r"^\| ([^`|]+) \| (`.+`) \|$", table, re.M)
        for measure in re.findall(r"`(\w+)`", measures)
    }


def entries(metric: dict[str, Any]) -> list[dict[str, Any]]:
    return metric.get("config", {}).get("meta", {}).get("figure", [])


def test_every_measure_is_a_metric_or_there_is_a_reason() -> None:
    told = {entry["measure"] for metric in METRICS for entry in entries(metric)}
    assert len(told) > 30 and not told & set(reasons())
    assert told | set(reasons()) == defined()


def test_what_a_measure_means_is_said_once() -> None:
    """A metric's words are few, and none of them is the name or the rule of a definition."""
    with (PROJECT / "seeds" / "figures" / "figure_definition_text.csv").open(encoding="utf-8", newline="") as handle:
        rules = {row[name] for row in csv.DictReader(handle) for name in ("regel", "regel_en", "forbehold")}
    for metric in METRICS:
        assert len(metric["description"]) < 100 and metric["description"] not in rules, metric["name"]


@pytest.mark.parametrize("model", SEMANTIC_MODELS, ids=lambda model: model["name"])
def test_entities_are_the_keys_of_a_published_table(model: dict[str, Any]) -> None:
    (name,) = re.findall(r"ref\('(\w+)'\)", model["model"])
    ((table,),) = (
        [one for one in yaml.safe_load(path.read_text(encoding="utf-8"))["models"] if one["name"] == name]
        for path in (PROJECT / "models").rglob(f"{name}.yml")
    )
    columns = {column["name"] for column in table["columns"]}
    (primary,) = (rule["columns"] for rule in table["constraints"] if rule["type"] == "primary_key")
    keys = {column for key in table["config"]["meta"].get("foreign_keys", []) for column in key["columns"]}
    for entity in model.get("entities", []):
        # A key of two columns is one text of both.
        of = re.findall(r"\w+", re.sub(r"'.*?'|concat", "", entity["expr"]))
        assert set(of) <= columns
        if entity["type"] == "primary":
            assert of == primary
        elif len(of) == 1:
            assert set(of) <= keys | set(primary)
    for dimension in model.get("dimensions", []):
        assert "expr" in dimension or dimension["name"] in columns


@pytest.mark.parametrize(
    ("sound", "broken"),
    [
        ("type_params: {measure: timer}", "type_params: {measure: minutter}"),
        ("{name: jobcenter, type: foreign, expr: jobcenter_key}", "{name: jobcenter, type: nabo, expr: jobcenter_key}"),
        ("numerator: mentor_hours,", "numerator: mentortimer,"),
    ],
    ids=["a measure that is not there", "a key of no kind", "a metric that is not there"],
)
def test_a_broken_metric_stops_the_build(parsed: Path, tmp_path: Path, sound: str, broken: str) -> None:
    project = shutil.copytree(PROJECT, tmp_path / "project", ignore=shutil.ignore_patterns("target", "logs"))
    page = project / "models" / "semantic" / "semantic_webreg.yml"
    text = page.read_text(encoding="utf-8")
    assert sound in text
    page.write_text(text.replace(sound, broken), encoding="utf-8")
    lend_cache(parsed, tmp_path / "dbt")
    with pytest.raises(MentorDwError, match="dbt could not run"):
        parse(tmp_path / "dbt", project)
