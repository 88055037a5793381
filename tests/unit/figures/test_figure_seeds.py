"""The figures' seeds: complete, consistent with each other, and free of what must not stand in them."""

from __future__ import annotations

import csv
import re
from datetime import date
from pathlib import Path

import pytest

from mentor_dw.config import PROJECT_ROOT
from mentor_dw.feeds import CODE_LISTS

SEEDS = PROJECT_ROOT / "dbt_project" / "seeds" / "figures"
TARGETS = {"exact", "tolerance"}
#: The zero rows that the reports leave out and the members for what is missing (rules.md P4, P6).
NOT_PRINTED = {"under 20", "mellemlang videregående", "uoplyst", "ingen", "Virksomheder ved frikøb"}

#: Values that name the one group of a table, not a member of a list.
LABELS = {("002", "maalgruppe"): {"aktivitetsparate kontanthjælpsmodtagere fyldt 30"}}


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def rows(name: str) -> list[dict[str, str]]:
    return rows_of(SEEDS / f"{name}.csv")


def dimensions(text: str) -> dict[str, str]:
    return dict(pair.split("=", 1) for pair in text.split("|") if pair)


PUBLISHED = rows("published_figure")


def test_every_printed_number_is_there_once() -> None:
    assert len(PUBLISHED) == 357
    assert len({row["id"] for row in PUBLISHED}) == 357
    counted = {
        (document, kind): sum(row["document"] == document and row["reproduce"] == kind for row in PUBLISHED)
        for document, kind in [("000", "exact"), ("000", "tolerance"), ("002", "exact"), ("003", "exact")]
    }
    assert counted == {("000", "exact"): 78, ("000", "tolerance"): 8, ("002", "exact"): 120, ("003", "exact"): 1}


def test_a_number_that_is_no_target_says_why_and_only_that() -> None:
    for row in PUBLISHED:
        assert bool(row["reason"]) == (row["reproduce"] in {"published_only", "context"}), row["id"]


def test_targets_are_numbers_with_dimensions_that_are_told_apart() -> None:
    seen: set[tuple[str, frozenset[tuple[str, str]]]] = set()
    for row in PUBLISHED:
        if row["reproduce"] not in TARGETS:
            continue
        assert re.fullmatch(r"-?\d+(\.\d+)?", row["value"]), row["id"]
        key = (row["measure"], frozenset(dimensions(row["dimensions"]).items()))
        assert key not in seen, row["id"]
        seen.add(key)


def test_every_number_names_its_document_and_the_deliveries_it_takes() -> None:
    documents = {row["document"] for row in rows("source_document")}
    for row in PUBLISHED:
        assert row["document"] in documents
        assert set(row["kilder"].split("|")) <= {"webreg", "biflis", "dream"}, row["id"]


def test_every_measure_to_show_has_a_definition() -> None:
    defined = {row["measure"] for row in rows("figure_definition_text")}
    owed = {row["measure"] for row in PUBLISHED if row["reproduce"] in TARGETS}
    stated = {row["measure"] for row in PUBLISHED if row["reproduce"] == "reference" and row["unit"] != "date"}
    assert owed | stated <= defined


@pytest.mark.parametrize("row", rows("figure_definition_text"), ids=lambda row: row["measure"])
def test_a_definition_is_complete(row: dict[str, str]) -> None:
    assert all(row.values())
    assert len(row["regel"]) > 20 and len(row["forbehold"]) > 20
    assert re.fullmatch(r"[A-Z]\d+( [A-Z]\d+)*", row["regelkilde"])
    assert date.fromisoformat(row["aendret"]) <= date.today()


def test_definitions_are_defined_once() -> None:
    measures = [row["measure"] for row in rows("figure_definition_text")]
    assert len(measures) == len(set(measures))


@pytest.mark.parametrize("document", ["000", "002"])
def test_the_words_of_the_members_are_those_of_the_published_rows(document: str) -> None:
    printed: dict[str, set[str]] = {}
    for row in PUBLISHED:
        if row["document"] == document and row["reproduce"] in TARGETS | {"reference"}:
            for key, value in dimensions(row["dimensions"]).items():
                printed.setdefault(key, set()).add(value)
    members: dict[str, set[str]] = {}
    for row in rows("figure_member"):
        if row["document"] == document:
            members.setdefault(row["noegle"], set()).add(row["medlem"])
    for key, words in members.items():
        words_there = printed[key] - {"I alt", "Total", *LABELS.get((document, key), set())}
        assert words - NOT_PRINTED <= words_there, key
        assert words_there <= words, key


@pytest.mark.parametrize(
    ("dimension", "code_list", "left_out"),
    [
        ("koen", "koen", set()),
        ("uddannelse", "uddannelse", set()),
        ("forsoergelse", "forsoergelse_2008", set()),
        ("virksomhedstype", "virksomhedstype", set()),
        ("erfaring_saerlige_hensyn", "ja_nej", set()),
        ("opgavetype", "opgavetype", {"uoplyst"}),
        ("maal", "baggrund", {"uoplyst", "BAG3", "BAG4"}),
        ("herkomst", "herkomst", set()),
        ("leverandoer", "leverandoertype", {"uoplyst"}),
        ("placering", "leverandoertype", {"uoplyst"}),
    ],
)
def test_every_code_of_the_list_is_a_member_but_those_the_rules_leave_out(
    dimension: str, code_list: str, left_out: set[str]
) -> None:
    codes = {row["kode"] for row in rows_of(CODE_LISTS / f"{code_list}.csv")} | {"uoplyst"}
    members = {row["kode"] for row in rows("figure_member") if row["dimension"] == dimension}
    assert members == codes - left_out


def test_what_counts_as_a_tool_is_every_offer_and_two_kinds_of_mentor() -> None:
    offers = {row["kode"] for row in rows_of(CODE_LISTS / "tilbudstype.csv")}
    for dimension in ("redskab", "tilbud"):
        codes = {row["kode"] for row in rows("figure_member") if row["dimension"] == dimension}
        assert codes == offers | {"helhedsorienteret", "fastholdelse"}


def test_the_catalogue_holds_the_printed_service_levels() -> None:
    columns = {
        "weekly_hours_min": "timer_pr_uge_min",
        "weekly_hours_max": "timer_pr_uge_max",
        "duration": "varighed_maaneder",
        "duration_min": "varighed_maaneder_min",
        "duration_max": "varighed_maaneder_max",
        "agreement_max_duration": "varighed_maaneder_max",
    }
    printed = {
        (row["measure"], *(dimensions(row["dimensions"]).get(key, "") for key in ("afdeling", "type", "skal_kan"))): (
            row["value"]
        )
        for row in PUBLISHED
        if row["document"] == "001" and row["measure"] in columns and "afdeling" in dimensions(row["dimensions"])
    }
    stated = {
        (measure, row["afdeling"], row["mentortype"], row["skal_kan"]): row[column]
        for row in rows("serviceniveau_slagelse")
        for measure, column in columns.items()
        if row[column] and (measure == "agreement_max_duration") == (row["mentortype"] == "")
    }
    assert stated == printed and len(printed) == 38


def test_the_bands_of_the_figures_are_those_of_the_dimensions() -> None:
    shared = PROJECT_ROOT / "dbt_project" / "seeds" / "shared"
    for dimension, seed in (("alder", "aldersgruppe"), ("tidsinterval", "tidsinterval")):
        members = {row["kode"] for row in rows("figure_member") if row["dimension"] == dimension}
        assert members == {row["kode"] for row in rows_of(shared / f"{seed}.csv")}


def test_a_reference_value_is_the_printed_one() -> None:
    printed = {
        (row["document"], row["measure"], row["dimensions"]): (row["value"], row["unit"], row["place"])
        for row in PUBLISHED
        if row["reproduce"] == "reference"
    }
    for row in rows("reference_value"):
        stated = (row["value"], row["unit"], row["place"])
        assert printed[row["document"], row["measure"], row["dimensions"]] == stated


def test_the_cut_offs_of_the_reports() -> None:
    cuts = {row["afgraensning"]: row["dato"] for row in rows("figure_cut")}
    assert cuts == {
        "borgere": "2008-09-15",
        "timer_landstabel": "2008-09-10",
        "timer_jobcenter": "2008-09-15",
        "mentorer": "2008-09-15",
        "referencegruppe": "2014-05-31",
    }


def test_no_seed_holds_a_cpr_number() -> None:
    # Narrower than the mask at the door, which takes a printed period (2008-02..2008-09) for one.
    for path in sorted(SEEDS.glob("*.csv")):
        assert not re.search(r"\d{9,}|\d{6}[ -]\d{4}", path.read_text(encoding="utf-8")), path.name
