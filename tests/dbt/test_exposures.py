"""What the project says is made of its models (exposures) is what pages, dashboards and extracts read."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

from mentor_dw.config import PROJECT_ROOT
from mentor_dw.delivery.specification.read import read_specification, specifications

PORTAL = PROJECT_ROOT / "plugins" / "mentor_dw" / "portal"
ASSETS = PROJECT_ROOT / "superset" / "assets"
#: The pages that show what models hold, and the modules they ask with.
PAGES = {
    "tal": (PORTAL / "figures.py", PROJECT_ROOT / "plugins" / "mentor_dw" / "figures" / "explain.py"),
    "udfald": (PORTAL / "outcome_charts.py", PORTAL / "series.py"),
    "budgetter": (PORTAL / "budget_charts.py", PORTAL / "series.py"),
}
_READ = re.compile(r"\b(?:from|join)\s+(?:bi\.)?((?:fct|dim|stock|figure)\w*)")
#: Tables that an explanation reads by a list of names.
_LISTED = re.compile(r"^_TABLES = \((.*)\)$", re.M)


def read_by(text: str) -> set[str]:
    """The tables of `bi` in the queries of a module, and those that it names in a list."""
    listed = "".join(_LISTED.findall(text))
    return set(_READ.findall(text)) | set(re.findall(r'"(\w+)"', listed))


def of_dashboard(file: Path) -> set[str]:
    """The tables that a dashboard's charts and filters ask."""
    charts = {one["uuid"]: one["dataset_uuid"] for one in assets("charts")}
    datasets = {one["uuid"]: one["sql"] for one in assets("datasets/warehouse")}
    text = file.read_text(encoding="utf-8")
    asked = {charts.get(uuid, uuid) for uuid in re.findall(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", text)}
    return {table for uuid in asked & datasets.keys() for table in _READ.findall(datasets[uuid])}


def assets(folder: str) -> list[dict]:
    return [yaml.safe_load(file.read_text(encoding="utf-8")) for file in sorted((ASSETS / folder).glob("*.yaml"))]


def wanted() -> dict[str, set[str]]:
    """Every exposure there should be, and what it is made of."""
    pages = {
        f"side_{name}": set().union(*(read_by(file.read_text(encoding="utf-8")) for file in files))
        for name, files in PAGES.items()
    }
    dashboards = {
        f"dashboard_{file.stem}": of_dashboard(file) for file in sorted((ASSETS / "dashboards").glob("*.yaml"))
    }
    extracts = {
        f"udtraek_{name}": {table.model for table in read_specification(name).tables} for name in specifications()
    }
    return pages | dashboards | extracts


def test_exposures_are_what_is_shown_and_sent_and_of_what() -> None:
    said = yaml.safe_load((PROJECT_ROOT / "dbt_project" / "models" / "exposures.yml").read_text(encoding="utf-8"))
    found = {
        one["name"]: {re.fullmatch(r"ref\('(\w+)'\)", node)[1] for node in one["depends_on"]}
        for one in said["exposures"]
    }
    assert found == wanted()
    assert all(found.values())
