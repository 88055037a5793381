"""Each format read by somebody else's reader, and the same bytes whenever they are made."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
import sys
import time
import tracemalloc
import zipfile
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from small_extract import KOMMUNER, RUN_DATE, facts, specification, tables

from mentor_dw.delivery.package import parquet_file
from mentor_dw.delivery.package.files import write_files
from mentor_dw.delivery.package.listing import PlainFile
from mentor_dw.delivery.package.parquet_file import write_parquet
from mentor_dw.delivery.package.tables_ready import tables_ready
from mentor_dw.delivery.package.text_files import write_csv, write_sup
from mentor_dw.delivery.package.xlsx_file import write_xlsx
from mentor_dw.delivery.tables import Column, Table
from mentor_dw.errors import MentorDwError

SEPARATOR = "¤|¤|¤"


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[PlainFile]]:
    folder = tmp_path_factory.mktemp("package") / "plain"
    spec = specification()
    return folder, write_files(folder, spec, tables(), facts(spec))


def test_csv_is_as_the_receiver_reads_it(package: tuple[Path, list[PlainFile]]) -> None:
    content = (package[0] / "forloeb.csv").read_bytes()
    assert content == (
        b"kommune;antal;beloeb;opgjort\r\n"
        b"101;990;-12,50;2016-03-31\r\n"
        b"163;;;2016-03-31\r\n"
        b"370;0;0,00;2016-03-31\r\n"
        b"i_alt;1000;1234567890,50;2016-03-31\r\n"
    )
    codes = (package[0] / "koder_kommune.csv").read_bytes()
    assert codes.startswith(b"kode;label\r\n") and 'København\r\n163;Herlev\r\n370;"Næstved; ""by"""'.encode() in codes


def test_iso_8859_1_is_one_byte_a_sign_and_refuses_what_it_lacks(tmp_path: Path) -> None:
    column = Column("navn", "Navn", "Navnet", "text")
    table = Table("navne", "Navne", "Navne", (column,), ("navn",), (("Ærø",),))
    write_csv(tmp_path / "a.csv", table, "iso-8859-1")
    assert (tmp_path / "a.csv").read_bytes() == b"navn\r\n\xc6r\xf8\r\n"
    with pytest.raises(MentorDwError, match=r"navne.*U\+0141.*iso-8859-1") as raised:
        write_csv(tmp_path / "b.csv", replace(table, rows=(("Łukasz",),)), "iso-8859-1")
    assert "ukasz" not in str(raised.value) and not (tmp_path / "b.csv").exists()


def test_sup_is_as_star_describes_it(package: tuple[Path, list[PlainFile]]) -> None:
    (path,) = package[0].glob("*_forloeb_*.zip")
    assert path.name == "01_forloeb_2016_04_14.zip"
    with zipfile.ZipFile(path) as archive:
        assert archive.namelist() == ["01_forloeb_2016_04_14.csv"]
        content = archive.read("01_forloeb_2016_04_14.csv")
    lines = content.decode("utf-8").split("\r\n")
    head, names, *rows, end = lines
    assert end == "" and "\n" not in "".join(lines)
    told = head[:15], head[15:25], head[25:35], head[35:45], head[45:]
    assert told == ("000000000000004", "2016-04-14", "2016-03-01", "2016-03-31", "F")
    assert names.split(SEPARATOR) == ["kommune", "antal", "beloeb", "opgjort"] and int(told[0]) == len(rows)
    assert rows[0].split(SEPARATOR) == ["101", "990", "-12,50", "2016-03-31"]
    assert rows[1].split(SEPARATOR) == ["163", "", "", "2016-03-31"] and SEPARATOR * 2 in rows[1]


def test_sup_refuses_a_text_with_a_sign_of_the_separator(tmp_path: Path) -> None:
    spec = specification(formats=["sup"])
    table = replace(tables()[1], columns=(Column("aarsag", "Årsag", "Årsagen", "text"), tables()[1].columns[1]))
    with pytest.raises(MentorDwError, match="separator"):
        write_files(tmp_path / "plain", spec, [replace(table, rows=(("a|b", 9),))], facts(spec))


def test_parquet_has_types(package: tuple[Path, list[PlainFile]]) -> None:
    table = pq.read_table(package[0] / "forloeb.parquet")
    types = [str(field.type) for field in table.schema]
    assert types == ["string", "int64", "decimal128(38, 2)", "date32[day]"]
    assert [field.nullable for field in table.schema] == [False, True, True, False]
    assert table.to_pylist()[0] == {
        "kommune": "101",
        "antal": 990,
        "beloeb": Decimal("-12.50"),
        "opgjort": date(2016, 3, 31),
    }
    assert table.column("antal").null_count == table.column("beloeb").null_count == 1


def test_the_reading_copy_is_typed_and_computes_nothing(package: tuple[Path, list[PlainFile]]) -> None:
    book = openpyxl.load_workbook(package[0] / "laesekopi.xlsx")
    assert book.sheetnames == ["Forklaring", "01_forloeb", "02_aarsager"]
    sheet = book["01_forloeb"]
    assert (sheet.freeze_panes, sheet.auto_filter.ref) == ("A2", "A1:E5")
    assert [cell.value for cell in sheet[1]] == ["Kommune (kode)", "Kommune", "Antal", "Beloeb (kr.)", "Opgjort"]
    assert [cell.value for cell in sheet[2]] == ["101", "København", 990, -12.5, datetime(2016, 3, 31)]
    assert [cell.value for cell in sheet[3]] == ["163", "Herlev", None, None, datetime(2016, 3, 31)]
    assert [cell.data_type for cell in sheet[2]] == ["s", "s", "n", "n", "d"]
    causes = {cell.value: cell for row in book["02_aarsager"].iter_rows(min_row=2, max_col=2) for cell in row}
    # Neither a formula nor a link nor a number: as it is written.
    assert all(causes[text].data_type == "s" for text in ("=1+1", "007", "http://eksempel.dk"))
    assert not any(cell.hyperlink for cell in causes.values())
    words = [cell.value for row in book["Forklaring"].iter_rows() for cell in row if cell.value]
    assert {"star_forloeb_2016-03_001: Mentorforløb, marts 2016", "beloeb", "Hvad beloeb er"} <= set(words)


def test_the_same_facts_make_the_same_bytes(
    package: tuple[Path, list[PlainFile]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec, order = specification(), random.Random(1)
    shuffled = [replace(table, rows=tuple(order.sample(table.rows, len(table.rows)))) for table in reversed(tables())]
    # ZIP files know time by two seconds.
    time.sleep(2)
    monkeypatch.setenv("TZ", "America/New_York")
    time.tzset()
    try:
        again = write_files(tmp_path / "elsewhere", spec, shuffled, facts(spec))
        newer = write_files(tmp_path / "newer", spec, tables(), facts(spec, code_version="0.2.0"))
    finally:
        monkeypatch.undo()
        time.tzset()
    assert again == package[1]
    # A later code that makes the same files: only the manifest tells of it.
    differ = [one.name for one, other in zip(newer, again, strict=True) if one != other]
    assert differ == ["manifest.json"] == [one.name for one in again if not one.repeatable]


def test_data_and_schema_depend_on_nothing_else(package: tuple[Path, list[PlainFile]], tmp_path: Path) -> None:
    spec = specification()
    other = facts(
        spec,
        as_known_at=datetime(2016, 4, 14, 6, 10, 11, 610112, UTC),
        missing_areas=("Herlev",),
        suppression=(),
        deadline=RUN_DATE,
        pseudonym_key_id="0123abcd",
    )
    made = write_files(tmp_path / "plain", spec, tables(), other)
    differ = [one.name for one, old in zip(made, package[1], strict=True) if one.sha256 != old.sha256]
    assert differ == ["foelgebrev.md", "foelgebrev.html", "manifest.json"]


def test_the_public_tool_validates_iso_8859_1_and_an_empty_table(tmp_path: Path) -> None:
    """A package in UTF-8 is validated by the commands of its letter (test_envelope)."""
    spec, folder = specification(encoding="iso-8859-1"), tmp_path / "plain"
    write_files(folder, spec, [*tables()[:1], replace(tables()[1], rows=())], facts(spec))
    assert validated(folder) == (True, [])


def test_the_public_tool_finds_what_was_changed(package: tuple[Path, list[PlainFile]], tmp_path: Path) -> None:
    folder = tmp_path / "plain"
    shutil.copytree(package[0], folder)
    csv_file, parquet = folder / "forloeb.csv", folder / "forloeb.parquet"
    csv_file.write_bytes(csv_file.read_bytes().replace(b"101;990;-12,50", b"999;abc;-12.50"))
    parquet.write_bytes(parquet.read_bytes().replace(b"PAR1", b"PAR2"))
    valid, found = validated(folder)
    assert not valid
    assert {
        ("forloeb", "hash-count", None),
        ("forloeb", "constraint-error", "kommune"),
        ("forloeb", "type-error", "antal"),
        ("forloeb", "type-error", "beloeb"),
        ("forloeb_parquet", "hash-count", None),
    } == set(found)


def test_the_schema_tells_types_codes_and_keys(package: tuple[Path, list[PlainFile]]) -> None:
    told = json.loads((package[0] / "datapackage.json").read_text(encoding="utf-8"))
    resources = {one["name"]: one for one in told["resources"]}
    schema = resources["forloeb"]["schema"]
    assert schema["primaryKey"] == ["kommune"] and schema["missingValues"] == [""]
    kommune, antal, beloeb, opgjort = schema["fields"]
    assert kommune["constraints"] == {"required": True, "enum": ["i_alt", "101", "163", "370"]}
    assert (antal["type"], "constraints" in antal) == ("integer", False)
    assert (beloeb["type"], beloeb["decimalChar"], beloeb["unit"], opgjort["type"]) == ("number", ",", "kr.", "date")
    assert resources["forloeb_parquet"]["schema"] == schema == resources["01_forloeb_2016_04_14_zip"]["schema"]
    listed = {one.name: (one.bytes, f"sha256:{one.sha256}") for one in package[1]}
    assert all(listed[one["path"]] == (one["bytes"], one["hash"]) for one in resources.values())


def test_a_code_list_is_one_file_whoever_uses_it(tmp_path: Path) -> None:
    """`kommune` is a list of the specification, and a column of both tables; the other table has a code more."""
    spec, folder = specification(formats=["csv"]), tmp_path / "plain"
    first, second = tables()
    kommune = replace(first.columns[0], codes=KOMMUNER | {"uoplyst": "Uoplyst"})
    other = replace(second, columns=(kommune, second.columns[1]), primary_key=("kommune",), rows=(("uoplyst", 7),))
    made = [one.name for one in write_files(folder, spec, [first, other], facts(spec))]
    assert [name for name in made if name.startswith("koder_")] == ["koder_kommune.csv"]
    assert (folder / "koder_kommune.csv").read_text(encoding="utf-8").endswith("uoplyst;Uoplyst\n")
    resources = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))["resources"]
    fields = [one["schema"]["fields"][0] for one in resources[:2]]
    assert [field["codeList"] for field in fields] == ["koder_kommune.csv"] * 2
    assert [len(field["constraints"]["enum"]) for field in fields] == [4, 5]


def test_the_dictionary_has_columns_and_codes(package: tuple[Path, list[PlainFile]]) -> None:
    told = (package[0] / "dataordbog.md").read_text(encoding="utf-8")
    assert "| `antal` | Antal |" in told and "| `163` | Herlev |" in told and "| `i_alt` |" not in told


def _changed(table: Table, row: tuple[Any, ...]) -> Table:
    return replace(table, rows=(*table.rows[1:], row))


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (("370", 7, None, RUN_DATE), "two rows of one key"),
        ((None, 7, None, RUN_DATE), "must have a value"),
        (("", 7, None, RUN_DATE), "empty text"),
        (("a\nb", 7, None, RUN_DATE), "line break"),
        (("a", 7), "2 values for 4 columns"),
        (("a", "7", None, RUN_DATE), "another type"),
        (("a", Decimal("7.5"), None, RUN_DATE), "with decimals"),
        (("a", 7, Decimal("1.234"), RUN_DATE), "more decimals"),
        (("a", 7, Decimal("NaN"), RUN_DATE), "number that is none"),
        (("a", 7, Decimal("1e20"), RUN_DATE), "too large"),
        (("a", 7, None, datetime(2016, 3, 1)), "another type"),
    ],
)
def test_a_table_that_formats_would_tell_differently_is_refused(
    tmp_path: Path, row: tuple[Any, ...], told: str
) -> None:
    spec = specification()
    with pytest.raises(MentorDwError, match=told):
        write_files(tmp_path / "plain", spec, [_changed(tables()[0], row)], facts(spec))


def test_a_large_table_is_not_in_memory_twice(
    package: tuple[Path, list[PlainFile]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The package of the fixture has every library imported already."""
    monkeypatch.setattr(parquet_file, "_ROWS", 50)
    columns = (Column("navn", "Navn", "Navnet", "text"), Column("tal", "Tal", "Et tal", "decimal", unit="kr."))
    tracemalloc.start()
    try:
        rows = tuple((f"navn {n:06d} " + "x" * 20_000, Decimal(n) / 4) for n in range(750))
        size = tracemalloc.get_traced_memory()[0]
        given = Table("stor", "Stor", "Stor", columns, ("navn",), rows)
        tracemalloc.reset_peak()
        (table,) = tables_ready(specification(), [given])
        write_csv(tmp_path / "stor.csv", table, "utf-8")
        write_sup(tmp_path / "stor.zip", table, RUN_DATE, RUN_DATE, RUN_DATE)
        write_parquet(tmp_path / "stor.parquet", table)
        write_xlsx(tmp_path / "stor.xlsx", "Stor", [table], {}, RUN_DATE)
        peak = tracemalloc.get_traced_memory()[1] - size
    finally:
        tracemalloc.stop()
    # The library keeps its own account.
    assert peak + pa.default_memory_pool().max_memory() < size / 2


def validated(folder: Path) -> tuple[bool, list[tuple[str, str, str | None]]]:
    """What the command `frictionless validate` says of a package: resource, kind and column of every error."""
    command = shutil.which("frictionless", path=str(Path(sys.executable).parent))
    assert command
    done = subprocess.run(
        [command, "validate", "datapackage.json", "--json"], cwd=folder, capture_output=True, text=True, check=False
    )
    report = json.loads(done.stdout)
    assert (done.returncode == 0) == report["valid"]
    return report["valid"], [
        (task["name"], error["type"], error.get("fieldName")) for task in report["tasks"] for error in task["errors"]
    ]
