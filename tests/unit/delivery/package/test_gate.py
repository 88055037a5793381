"""What may not go out does not: each fence is broken once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from small_extract import facts, specification, tables

from mentor_dw.delivery.content.revision import revision
from mentor_dw.delivery.package import files
from mentor_dw.delivery.package.gate import PackageRefused, could_be_cpr
from mentor_dw.delivery.tables import Column, Table

#: A replacement number: its day is 61.
NUMBER = "6101011234"


def written(folder: Path, *given: Table, **other: Any) -> None:
    """Write the small extract with these tables instead, or with other facts or another specification."""
    spec = specification(**{name: other.pop(name) for name in ("formats", "contact", "disclosure") if name in other})
    files.write_files(folder / "plain", spec, given or tables(), facts(spec, **other))


def _with_column(column: Column, value: Any) -> Table:
    table = tables()[0]
    return replace(table, columns=(*table.columns, column), rows=tuple((*row, value) for row in table.rows))


@pytest.mark.parametrize("written_so", [NUMBER, "610101-1234", "61 01 01 1234", f"sag {NUMBER}01", "0201011234"])
def test_no_value_may_be_a_cpr_number(tmp_path: Path, written_so: str) -> None:
    with pytest.raises(PackageRefused, match="forloeb.note holds what could be a CPR") as raised:
        written(tmp_path, _with_column(Column("note", "Note", "En note", "text"), written_so))
    assert "1234" not in str(raised.value)


def test_a_number_without_a_unit_may_be_one_and_an_amount_is_none(tmp_path: Path) -> None:
    column = Column("tal", "Tal", "Et tal", "integer")
    with pytest.raises(PackageRefused, match="must say its unit"):
        written(tmp_path, _with_column(column, int(NUMBER)))
    with pytest.raises(PackageRefused):
        written(tmp_path / "short", _with_column(column, 201011234))
    written(tmp_path / "amount", _with_column(replace(column, unit="kr."), int(NUMBER)))


def test_a_revision_tells_an_amount_and_no_number(tmp_path: Path) -> None:
    """The total of the small extract has ten digits that begin with a day and a month."""
    table, other = tables()
    before = replace(table, rows=tuple((*row[:2], None, row[3]) for row in table.rows))
    amount = replace(table, rows=((*table.rows[0][:2], Decimal(NUMBER), table.rows[0][3]), *table.rows[1:]))
    written(tmp_path, amount, other, revision([before, other], [amount, other], "Beløb manglede."))
    note = Column("note", "Note", "En note", "text")
    noted = [_with_column(note, text) for text in (NUMBER, "rettet")]
    with pytest.raises(PackageRefused, match="revision.gammel_vaerdi"):
        written(tmp_path / "note", noted[1], revision(noted[:1], noted[1:], "Noten var forkert."))


@pytest.mark.parametrize("name", ["person_key", "mentor_key", "virksomhed_key", "cpr", "cpr_nummer"])
def test_no_key_of_the_house_goes_out(tmp_path: Path, name: str) -> None:
    with pytest.raises(PackageRefused, match=f"{name} has the name of a key"):
        written(tmp_path, _with_column(Column(name, "Nøgle", "En nøgle", "text"), "x"))


@pytest.mark.parametrize(
    ("other", "where"),
    [
        ({"why": f"rettet for {NUMBER}", "replaces": 1, "sequence": 2}, "foelgebrev.md"),
        ({"missing_areas": (f"Herlev {NUMBER}",)}, "foelgebrev.md"),
        ({"contact": {"name": f"Navn {NUMBER}", "mail": "a@eksempel.dk"}}, "dataordbog.md"),
        ({"definitions": NUMBER}, "datapackage.json"),
    ],
)
def test_no_text_beside_the_data_holds_one(tmp_path: Path, other: dict[str, Any], where: str) -> None:
    with pytest.raises(PackageRefused, match=where):
        written(tmp_path, formats=["csv"], **other)


def test_no_label_or_title_holds_one(tmp_path: Path) -> None:
    table = tables()[0]
    labelled = replace(table.columns[0], codes={**(table.columns[0].codes or {}), "999": f"Firma {NUMBER}"})
    with pytest.raises(PackageRefused, match="forloeb.kommune"):
        written(tmp_path, replace(table, columns=(labelled, *table.columns[1:])))


def test_no_count_below_the_threshold_goes_out(tmp_path: Path) -> None:
    table = tables()[0]
    small = replace(table, rows=(("i_alt", 4, None, table.rows[0][3]),))
    with pytest.raises(PackageRefused, match="forloeb.antal tells a count below the threshold of 5"):
        written(tmp_path, small)
    rounded = {"method": "round", "base": 4, "threshold": 5}
    written(tmp_path / "rounded", small, disclosure=rounded)
    allowed = {"threshold": 0, "threshold_basis": "lov § 43 stk. 2"}
    written(tmp_path / "allowed", small, disclosure=allowed)


@pytest.mark.parametrize("text", [NUMBER, "610101 1234", f"a{NUMBER}", f"{NUMBER}77", "61/01/01-1234", "201011234"])
def test_numbers_are_found_however_they_are_written(text: str) -> None:
    assert could_be_cpr([text])


@pytest.mark.parametrize(
    "text",
    [
        "sha 1234567890" + "ab" * 27,
        "2016-04-14T12:00:00Z",
        "2016-04-14T06:10:11.610112+00:00",
        "pseudonym q7777777777zr2",
        "+45 12 34 56 78",
        "star_mentorforloeb_2016-03_001",
        "CVR 12345678",
    ],
)
def test_dates_checksums_and_pseudonyms_are_nobodys_number(text: str) -> None:
    assert not could_be_cpr([text])


def _unknown_code(folder: Path) -> None:
    path = folder / "forloeb.csv"
    path.write_bytes(path.read_bytes().replace(b"101;990", b"102;990"))


def _text_for_number(folder: Path) -> None:
    path = folder / "forloeb.csv"
    path.write_bytes(path.read_bytes().replace(b"101;990", b"101;hemmeligt"))


@pytest.mark.parametrize(
    ("harm", "told"),
    [
        (_unknown_code, r"forloeb\.csv, column kommune, row 2: constraint-error"),
        (_text_for_number, r"forloeb\.csv, column antal, row 2: type-error"),
    ],
)
def test_csv_that_does_not_fit_its_schema_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, harm: Callable[[Path], None], told: str
) -> None:
    """As if a writer had a fault that the schema, made of the same table, does not share."""
    listed = files.listed

    def harmed(path: Path, *args: Any, **kwargs: Any) -> Any:
        if path.name == "forloeb.csv":
            harm(path.parent)
        return listed(path, *args, **kwargs)

    monkeypatch.setattr(files, "listed", harmed)
    with pytest.raises(PackageRefused, match=told) as raised:
        written(tmp_path)
    assert "hemmeligt" not in str(raised.value)
