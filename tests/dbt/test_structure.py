"""The rules of the dbt project that dbt itself does not know, read from its files."""

from __future__ import annotations

import csv
import re
from functools import cache
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from mentor_dw import masking
from mentor_dw.config import PROJECT_ROOT
from mentor_dw.feeds import CODE_LISTS, load_feed, sources
from mentor_dw.warehouse.plan import CLASSES

PROJECT = PROJECT_ROOT / "dbt_project"
MODELS = sorted((PROJECT / "models").rglob("*.sql"))


def ids(paths: list[Path]) -> list[str]:
    return [path.stem for path in paths]


@cache
def documented(path: Path) -> dict:
    """What the YAML beside the model says about it: exactly one entry in one file of its folder."""
    entries = [
        model
        for file in sorted(path.parent.glob("*.yml"))
        for model in yaml.safe_load(file.read_text(encoding="utf-8")).get("models", [])
        if model["name"] == path.stem
    ]
    (entry,) = entries
    return entry


def layer(path: Path) -> str:
    return path.relative_to(PROJECT / "models").parts[0]


def is_published(path: Path) -> bool:
    return layer(path) in ("stars", "compliance") or "bi" in documented(path).get("config", {}).get("tags", [])


#: A day compared with the range of a version.
BY_HAND = re.compile(r"gyldig_(?:fra|til)\)?\s*(?:[<>]|between)|(?:[<>]=?|between)\s*[\w.(]*gyldig_")


PUBLISHED = [path for path in MODELS if is_published(path)]
#: Words of a law are quoted, not translated.
ONLY_DANISH = {"compliance_serviceniveau_lov": {"lov_regel_da"}}


def code(path: Path) -> str:
    """The model without comments."""
    text = re.sub(r"\{#.*?#\}", "", path.read_text(encoding="utf-8"), flags=re.S)
    return re.sub(r"--.*", "", text)


def test_there_are_models_to_judge() -> None:
    assert len(MODELS) > 40 and len(PUBLISHED) > 25


@pytest.mark.parametrize("path", MODELS, ids=ids(MODELS))
def test_a_model_states_its_grain(path: Path) -> None:
    assert documented(path)["description"].startswith("Grain: ")


@pytest.mark.parametrize("path", MODELS, ids=ids(MODELS))
def test_only_staging_and_the_deliveries_read_sources(path: Path) -> None:
    reads = "source(" in code(path)
    assert not reads or path.stem.startswith(("stg_", "int_deliveries__"))


@pytest.mark.parametrize("path", MODELS, ids=ids(MODELS))
def test_a_model_names_no_schema(path: Path) -> None:
    assert not re.search(r"\b(?:from|join)\s+(?:raw|vault|landing|ops|work|bi)\.", code(path))


@pytest.mark.parametrize("path", MODELS, ids=ids(MODELS))
def test_a_name_says_its_layer(path: Path) -> None:
    prefixes = {
        "staging": ("stg_",),
        "intermediate": ("int_",),
        "stars": ("dim_", "fct_", "bridge_", "stock_"),
        "compliance": ("compliance_", "stock_"),
        "extracts": ("ext_",),
    }
    if layer(path) in prefixes:
        assert path.stem.startswith(prefixes[layer(path)])


@pytest.mark.parametrize("path", MODELS, ids=ids(MODELS))
def test_no_float_enters_a_model(path: Path) -> None:
    assert not re.search(r"double precision|\breal\b|\bfloat", code(path))


@pytest.mark.parametrize("path", MODELS, ids=ids(MODELS))
def test_versions_of_citizens_are_joined_by_the_one_macro(path: Path) -> None:
    text = code(path)
    if path.stem == "dim_borger" or path.stem.startswith("int_borgere__"):
        return
    if re.search(r"ref\('(?:int_borgere__versioner|dim_borger)'\)", text):
        assert not BY_HAND.search(text)
    assert "naeste_gyldig_fra" not in text


def test_a_join_by_hand_is_recognised() -> None:
    assert BY_HAND.search("on v.person_key = f.person_key and f.dato >= v.gyldig_fra")
    assert BY_HAND.search("and (v.gyldig_til is null or coalesce(v.gyldig_til) > f.dato)")
    assert not BY_HAND.search("select v.gyldig_fra, v.gyldig_til from v order by v.gyldig_fra")


def test_only_one_macro_knows_how_versions_are_joined() -> None:
    knowing = [path.stem for path in (PROJECT / "macros").glob("*.sql") if "gyldig_fra" in code(path)]
    assert sorted(knowing) == ["as_of_join", "code_dimension"]


@pytest.mark.parametrize("path", PUBLISHED, ids=ids(PUBLISHED))
def test_a_published_model_has_a_primary_key_and_every_column_described(path: Path) -> None:
    model = documented(path)
    keys = [rule["columns"] for rule in model["constraints"] if rule["type"] == "primary_key"]
    assert len(keys) == 1 and keys[0]
    columns = {column["name"]: column for column in model["columns"]}
    assert set(keys[0]) <= set(columns)
    for column in columns.values():
        assert column["data_type"] and len(column["description"]) > 3


@pytest.mark.parametrize("path", PUBLISHED, ids=ids(PUBLISHED))
def test_every_key_of_a_published_model_is_a_tested_foreign_key(path: Path) -> None:
    model = documented(path)
    (own,) = (rule["columns"] for rule in model["constraints"] if rule["type"] == "primary_key")
    keys = model.get("config", {}).get("meta", {}).get("foreign_keys", [])
    pointing = {column for key in keys for column in key["columns"]}
    # person_key is the person herself and points into the vault, which no reader of bi may see.
    expected = {
        column["name"]
        for column in model["columns"]
        if column["name"].endswith(("_key", "_code")) and column["name"] != "person_key" and [column["name"]] != own
    }
    # A cross table of the figures has codes of different lists in one column.
    assert expected <= pointing or layer(path) == "figures"
    tested = [
        test["foreign_keys_hold"]["arguments"]["keys"]
        for test in model.get("data_tests", [])
        if "foreign_keys_hold" in test
    ]
    assert tested == ([keys] if keys else [])
    by_name = {other.stem: documented(other) for other in MODELS}
    for key in keys:
        assert len(key["columns"]) == len(key["to_columns"])
        (target,) = (rule["columns"] for rule in by_name[key["to"]]["constraints"] if rule["type"] == "primary_key")
        assert target == key["to_columns"]


@pytest.mark.parametrize("path", PUBLISHED, ids=ids(PUBLISHED))
def test_a_published_model_says_who_may_see_it(path: Path) -> None:
    model = documented(path)
    said, columns = model["config"]["meta"], {column["name"] for column in model["columns"]}
    assert said["adgang"] in CLASSES
    persons = columns & {"person_key", "borger_key", "forloeb_key"}
    assert not persons or said["adgang"] not in ("hele_landet", "omraade")
    assert (path.stem.startswith("compliance_") and bool(persons)) == (said["adgang"] == "sagsbehandling")
    for column in model["columns"]:
        why = column.get("config", {}).get("meta", {}).get("saerlig_kategori")
        assert why is None or len(why) > 5


@pytest.mark.parametrize("path", PUBLISHED, ids=ids(PUBLISHED))
def test_words_are_there_in_danish_and_in_english(path: Path) -> None:
    """Wherever a table names a member in Danish (label_da, navn_da, gruppe_da), it does in English too."""
    columns = {column["name"] for column in documented(path)["columns"]}
    danish = {name for name in columns if name.endswith("_da")} - ONLY_DANISH.get(path.stem, set())
    assert {name.removesuffix("_da") + "_en" for name in danish} <= columns


def test_every_column_has_words_in_both_languages_and_no_word_is_left_over() -> None:
    with (PROJECT / "seeds" / "shared" / "kolonnenavn.csv").open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle))
    published = {column["name"] for path in PUBLISHED for column in documented(path)["columns"]}
    assert {row["kolonne"] for row in rows} == published
    for row in rows:
        for label in (row["label_da"], row["label_en"]):
            assert label == label.strip() and label[0].isupper() and len(label) <= 40, row["kolonne"]


@pytest.mark.parametrize("path", sorted(CODE_LISTS.glob("*.csv")), ids=lambda path: path.stem)
def test_a_code_list_has_a_dimension_and_sound_rows(path: Path) -> None:
    assert any(model.stem.startswith("dim_") and f"ref('{path.stem}')" in code(model) for model in MODELS)
    with path.open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle))
    assert rows and {"kode", "label_da", "label_en", "sortering", "gyldig_fra", "gyldig_til"} <= set(rows[0])
    assert len({row["kode"] for row in rows}) == len(rows)
    assert "uoplyst" not in {row["kode"] for row in rows}
    assert all(row["label_da"].strip() and row["label_en"].strip() for row in rows)
    order = [int(row["sortering"]) for row in rows]
    assert order == sorted(set(order))
    assert all(not row["gyldig_til"] or row["gyldig_fra"] < row["gyldig_til"] for row in rows)


def test_a_source_is_named_as_its_feed_names_it() -> None:
    with (PROJECT / "seeds" / "shared" / "kilde.csv").open(encoding="utf-8", newline="") as handle:
        names = {row["kode"]: row["navn_da"] for row in csv.DictReader(handle)}
    assert names == {source: load_feed(source).title for source in sources()}


def second_look() -> re.Pattern[str]:
    macro = (PROJECT / "macros" / "cpr_pattern.sql").read_text(encoding="utf-8")
    pattern = re.search(r"-%\}\n(.*)\n\{%-", macro)
    assert pattern is not None
    return re.compile(pattern.group(1))


@pytest.mark.parametrize(
    "text",
    ["7001011234", "700101-1234", "700101 1234", "700101 - 1234", "70 01 01-1234", "tlf 7001011234 ring", "101011234"],
)
def test_the_second_look_sees_a_cpr_number(text: str) -> None:
    assert second_look().search(text)


@pytest.mark.parametrize("text", ["2008-09-15", "12 34 56 78", "Genbrugs 2010", "8800 Viborg", "******-****"])
def test_the_second_look_lets_ordinary_text_pass(text: str) -> None:
    assert not second_look().search(text)


@settings(max_examples=500)
@given(st.text(alphabet="0123456789- ", max_size=30))
def test_what_was_masked_at_the_door_passes_the_second_look(text: str) -> None:
    assert not second_look().search(masking.mask_cpr(text))
