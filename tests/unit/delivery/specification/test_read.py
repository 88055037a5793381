"""What may stand in a specification: the example is read, and each fault is told with its place and what to do."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from mentor_dw.delivery.specification.read import (
    EXTRACTS,
    code_lists,
    read_receiver,
    read_specification,
    specifications,
)
from mentor_dw.errors import MentorDwError

EXAMPLES = Path(__file__).parents[3] / "fixtures" / "extracts"
MODELS = EXAMPLES / "models"
COUNTS, PERSONS = "star_eksempel", "forskning_eksempel"


def refused(tmp_path: Path, name: str, change: Callable[[dict], object]) -> str:
    """What is said of the example after `change`."""
    folder = tmp_path / "extracts"
    shutil.copytree(EXAMPLES, folder)
    content = yaml.safe_load((folder / f"{name}.yml").read_text(encoding="utf-8"))
    change(content)
    (folder / f"{name}.yml").write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    with pytest.raises(MentorDwError) as caught:
        read_specification(name, folder, MODELS)
    assert str(folder / f"{name}.yml") in caught.value.message
    assert caught.value.next_step
    return caught.value.message


def test_the_examples_are_read() -> None:
    assert specifications(EXAMPLES) == [PERSONS, COUNTS]
    counts = read_specification(COUNTS, EXAMPLES, MODELS)
    assert counts.tables[0].dimensions[0].told_columns == ("region_code", "kommune")
    assert code_lists(counts.tables[0]) == ["kommune"]
    assert read_specification(PERSONS, EXAMPLES, MODELS).disclosure.k == 3
    assert read_receiver("star", EXAMPLES).address[1] == "2100 København Ø"


@pytest.mark.parametrize("name", specifications())
def test_every_extract_of_the_project_is_read(name: str) -> None:
    specification = read_specification(name)
    assert read_receiver(specification.receiver).name == specification.receiver
    assert (EXTRACTS / f"{name}.yml").is_file()


def _table(content: dict) -> dict:
    return content["tables"][0]


def _dimension(content: dict, index: int = 0) -> dict:
    return _table(content)["dimensions"][index]


def _measure(content: dict, index: int) -> dict:
    return _table(content)["measures"][index]


def _field(content: dict, index: int) -> dict:
    return _table(content)["fields"][index]


FAULTS: dict[str, tuple[str, Callable[[dict], object], str]] = {
    "no legal basis": (COUNTS, lambda c: c.pop("legal_basis"), "legal_basis: is missing: no legal basis, no extract"),
    "empty legal basis": (COUNTS, lambda c: c["legal_basis"].update(text=""), "legal_basis.text: is empty"),
    "unknown key": (COUNTS, lambda c: c.update(extra=1), "extra: is not known here"),
    "number as text": (COUNTS, lambda c: c.update(definitions=2016), "definitions: is not a text; put it in quotation"),
    "place in a list": (COUNTS, lambda c: _measure(c, 1).pop("title"), "tables.0 (forloeb).measures.1 (timer).title"),
    "threshold": (COUNTS, lambda c: c["disclosure"].update(threshold=3), "needs threshold_basis"),
    "made too early": (COUNTS, lambda c: c["deadline"].update(working_day=3), "before the period has ended"),
    "combination": (
        COUNTS,
        lambda c: _table(c).update(combinations=[["kommune", "koen"]]),
        "combinations name unknown dimensions: koen",
    ),
    "unused dimension": (COUNTS, lambda c: _table(c).update(combinations=[["status"]]), "stand in no combination"),
    "over": (COUNTS, lambda c: _measure(c, 2).update(over="koen"), "over names an unknown dimension: koen"),
    "of": (COUNTS, lambda c: _measure(c, 2).update(of="middel"), "middel is no measure of kind amount, persons, rows"),
    "needs": (COUNTS, lambda c: _measure(c, 1).pop("column"), "a measure of kind amount has ['column']"),
    "same number twice": (
        COUNTS,
        lambda c: _measure(c, 1).update(kind="persons", column=None),
        "rows would be the same number again",
    ),
    "doubled name": (COUNTS, lambda c: _measure(c, 1).update(name="status"), "is named twice: status"),
    "name of our own": (COUNTS, lambda c: _measure(c, 1).update(name="skjult"), "is named twice: skjult"),
    "doubled table": (COUNTS, lambda c: c["tables"].append(_table(c)), "two tables have the name forloeb"),
    "above without title": (COUNTS, lambda c: _dimension(c).pop("above_title"), "above has an above_title"),
    "column of two": (COUNTS, lambda c: _dimension(c, 1).update(column="status_code"), "of the same column"),
    "where of a dimension": (COUNTS, lambda c: _table(c).update(where={"status_code": "x"}), "leaves one code"),
    "fields in counts": (
        COUNTS,
        lambda c: _table(c).update(
            fields=[{"name": "x", "column": "art", "title": "Art", "description": "Art.", "type": "text"}]
        ),
        "fields of persons in an extract of level counts",
    ),
    "k in counts": (COUNTS, lambda c: c["disclosure"].update(k=5), "k belongs to an extract of level persons"),
    "no measure": (COUNTS, lambda c: _table(c).update(measures=[]), "no measure of kind"),
    "file name": (COUNTS, lambda c: c.update(file_name="{name}_{period}"), "every version has a name of its own"),
    "file name of another field": (COUNTS, lambda c: c.update(file_name="{navn}"), "is filled in with name, period"),
    "formats": (COUNTS, lambda c: c.update(formats=["csv", "csv"]), "each once"),
    "another name": (COUNTS, lambda c: c.update(name="andet"), "the file describes andet"),
    "receiver": (COUNTS, lambda c: c.update(receiver="dst"), "made for star, not for dst"),
    "receiver not described": (
        COUNTS,
        lambda c: (c.update(receiver="dst"), _table(c).update(model="ext_dst__eksempel_v1")),
        "receiver: there is no receivers/dst.yml",
    ),
    "model": (COUNTS, lambda c: _table(c).update(model="ext_star__andet_v1"), "no model ext_star__andet_v1 with its"),
    "column": (
        COUNTS,
        lambda c: _dimension(c, 1).update(column="koen"),
        "tables.0 (forloeb): model ext_star__eksempel_v1 has no column koen (dimension maalgruppe)",
    ),
    "column of where": (COUNTS, lambda c: _table(c).update(where={"kode": "x"}), "has no column kode (where)"),
    "not a number": (COUNTS, lambda c: _measure(c, 1).update(column="art"), "ext_star__eksempel_v1.art is text"),
    "code list": (COUNTS, lambda c: _dimension(c).update(codes="postnumre"), "no seed or dimension postnumre"),
    "area": (COUNTS, lambda c: c.update(area="jobcenter"), "no model of the extract has a column jobcenter"),
    "two kinds of one sum": (
        COUNTS,
        lambda c: c["tables"].append(
            _table(c)
            | {"name": "mere", "measures": [_measure(c, 0), _measure(c, 1) | {"kind": "follows", "of": "antal"}]}
        ),
        "ext_star__eksempel_v1.timer follows in one table and is an amount in another",
    ),
    "carries over": (
        COUNTS,
        lambda c: _table(c).update(carries_over={"dimension": "koen", "leaves": "loebende", "enters": ["loebende"]}),
        "carries_over names unknown dimensions: koen",
    ),
    "no k": (PERSONS, lambda c: c["disclosure"].pop("k"), "says its k"),
    "two person tables": (
        PERSONS,
        lambda c: c["tables"].append(_table(c) | {"name": "mere"}),
        "of two that are joined, k would not hold",
    ),
    "no pseudonym": (PERSONS, lambda c: _table(c)["fields"].pop(0), "one field of type pseudonym"),
    "no quasi": (PERSONS, lambda c: [f.pop("quasi", None) for f in _table(c)["fields"]], "no field is marked quasi"),
    "key": (PERSONS, lambda c: _field(c, 3).update(column="person_key"), "keys of the warehouse are not given away"),
    "key by its name": (PERSONS, lambda c: _field(c, 0).update(name="person_key"), "under another name"),
    "a day": (PERSONS, lambda c: _field(c, 2).update(type="date"), "tables.0 (forloeb).fields.2 (start).type"),
    "code without list": (PERSONS, lambda c: _field(c, 1).pop("codes"), "names its codes"),
    "measures of persons": (
        PERSONS,
        lambda c: _table(c).update(
            measures=[{"name": "antal", "title": "Antal", "description": "Antal.", "kind": "rows"}]
        ),
        "has fields, and no dimensions or measures",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_told_with_its_place(fault: str, tmp_path: Path) -> None:
    name, change, told = FAULTS[fault]
    assert told in refused(tmp_path, name, change)


def test_every_fault_of_a_file_is_told_at_once(tmp_path: Path) -> None:
    message = refused(tmp_path, COUNTS, lambda c: (c.pop("legal_basis"), c.pop("purpose")))
    assert "legal_basis: " in message
    assert "purpose: " in message


def test_what_is_not_there_is_told_with_what_is() -> None:
    with pytest.raises(MentorDwError, match=f"No extract is called x. There are: {PERSONS}, {COUNTS}"):
        read_specification("x", EXAMPLES, MODELS)
    with pytest.raises(MentorDwError, match="No receiver is called x"):
        read_receiver("x", EXAMPLES)


@pytest.mark.parametrize("text", ["name: [", "- one\n", "name: \xc3"])
def test_a_file_that_is_no_specification_is_named(text: str, tmp_path: Path) -> None:
    (tmp_path / "x.yml").write_bytes(text.encode("latin-1"))
    with pytest.raises(MentorDwError, match="x.yml"):
        read_specification("x", tmp_path, MODELS)
