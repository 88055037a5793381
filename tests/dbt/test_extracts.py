"""Extracts read persons through the gate only: the macro `udleverbare`, which leaves out who may not be given away."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest
import yaml

from mentor_dw.config import PROJECT_ROOT

MODELS = PROJECT_ROOT / "dbt_project" / "models"
#: Columns by which a row is about one person.
_PERSONAL = {"person_key", "borger_key", "forloeb_key"}
#: Models of no dimension that an extract may read, as long as no row of them is about a person: the months that a
#: delivery covers, and budgets.
_MODELS_ABOUT_NOBODY = {"int_maaneder", "fct_budget"}
_READS = re.compile(r"\b(?:ref|source)\(\s*['\"](\w+)['\"](?:\s*,\s*['\"](\w+)['\"])?\s*\)")


@cache
def about_nobody() -> set[str]:
    """The models that an extract may read as they are: dimensions and others without persons, and seeds.

    Facts, stocks and figures count everybody, also who may not be given away, so an extract counts anew.
    """
    columns = {
        entry["name"]: {column["name"] for column in entry.get("columns", [])}
        for file in MODELS.rglob("*.yml")
        for entry in yaml.safe_load(file.read_text(encoding="utf-8")).get("models") or []
    }
    allowed = {name for name in columns if name.startswith("dim_")} | _MODELS_ABOUT_NOBODY
    without_persons = {name for name in allowed if columns[name] and not columns[name] & _PERSONAL}
    return without_persons | {path.stem for path in (MODELS.parent / "seeds").rglob("*.csv")}


def past_the_gate(extracts: Path) -> dict[str, list[str]]:
    """By model below the folder: what it reads itself of persons, or of the sources."""
    models = sorted(extracts.rglob("*.sql"))
    allowed = about_nobody() | {path.stem for path in models}
    found = {}
    for path in models:
        text = re.sub(r"\{#.*?#\}", "", path.read_text(encoding="utf-8"), flags=re.S)
        read = [source if table is None else f"{source}.{table}" for source, table in _reads(text)]
        read += re.findall(r"\b(?:bi|work|raw|vault|ops)\.\w+", re.sub(r"\{\{.*?\}\}", "", text, flags=re.S))
        found[path.stem] = [name for name in read if name not in allowed]
    return {name: names for name, names in found.items() if names}


def _reads(text: str) -> list[tuple[str, str | None]]:
    return [(hit[1], hit[2]) for hit in _READS.finditer(text)]


def test_no_extract_reads_persons_past_the_gate() -> None:
    assert past_the_gate(MODELS / "extracts") == {}


@pytest.mark.parametrize(
    ("text", "noticed"),
    [
        ("select * from {{ udleverbare('fct_mentorforloeb') }} as f", []),
        ("select * from {{ udleverbare('bridge_forloeb_virksomhed', forloeb=true) }} as f", []),
        ("select * from {{ ref('dim_kommune') }}", []),
        ("select * from {{ ref('koen') }}", []),
        ("select * from {{ ref('fct_budget') }}, {{ ref('int_maaneder') }}", []),
        ("select * from {{ ref('fct_mentorforloeb') }}", ["fct_mentorforloeb"]),
        ('select * from {{ ref("dim_borger") }}', ["dim_borger"]),
        ("select * from {{ ref('int_forloeb__samlet') }}", ["int_forloeb__samlet"]),
        ("select * from {{ ref('stock_oekonomi_maaned') }}", ["stock_oekonomi_maaned"]),
        ("select * from {{ source('webreg', 'borgere') }}", ["webreg.borgere"]),
        ("select * from bi.fct_udfald", ["bi.fct_udfald"]),
        ("select * from {{ udleverbare('fct_udfald') }} as u, {{ ref('fct_tilbud') }} as t", ["fct_tilbud"]),
    ],
)
def test_a_model_past_the_gate_is_noticed(tmp_path: Path, text: str, noticed: list[str]) -> None:
    (tmp_path / "ext_throw_away.sql").write_text(text, encoding="utf-8")
    assert past_the_gate(tmp_path) == ({"ext_throw_away": noticed} if noticed else {})
