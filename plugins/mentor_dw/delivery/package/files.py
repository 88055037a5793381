"""The plain files of a package: data in every format, code lists, schema, dictionary, følgebrev, manifest last.

The same tables and the same facts make the same bytes: rows are sorted here, times are those of the facts, and every
choice of a writer is named. Only the manifest also tells which code made it (`repeatable` False).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from mentor_dw.delivery.content.revision import NAME as REVISION
from mentor_dw.delivery.package.codes import file_of, lists_told
from mentor_dw.delivery.package.facts import PackageFacts
from mentor_dw.delivery.package.gate import PackageRefused, refuse_personal, refuse_personal_text, validate
from mentor_dw.delivery.package.letter import DICTIONARY, LETTER, LETTER_PAGE, Described, write_letter
from mentor_dw.delivery.package.listing import PlainFile, listed
from mentor_dw.delivery.package.manifest import MANIFEST, write_manifest
from mentor_dw.delivery.package.parquet_file import write_parquet
from mentor_dw.delivery.package.schema import SCHEMA_FILE, write_schema
from mentor_dw.delivery.package.tables_ready import tables_ready
from mentor_dw.delivery.package.text_files import write_codes, write_csv, write_sup
from mentor_dw.delivery.package.xlsx_file import write_xlsx
from mentor_dw.delivery.specification.dictionary import dictionary
from mentor_dw.delivery.specification.model import Specification
from mentor_dw.delivery.specification.periods import in_danish
from mentor_dw.delivery.tables import TOTAL, Table

READING_COPY = "laesekopi.xlsx"
#: A file, the table it holds (None: a code list, or all of them), and what it is in words of Danish.
_Made = tuple[PlainFile, Table | None, str]


def write_files(folder: Path, spec: Specification, tables: Sequence[Table], facts: PackageFacts) -> list[PlainFile]:
    """Write the package of `tables` into `folder`, which is made and must be empty; the list is in the package's order.

    Raises MentorDwError when a table cannot be told in a format, and PackageRefused when what was written may not go
    out; the folder is then to be thrown away.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise PackageRefused(f"The folder {folder.name} of a new package is not empty.", "Give it one of its own.")
    ready = tables_ready(spec, tables)
    refuse_personal(spec, ready)
    made = [one for at, table in enumerate(ready, start=1) for one in _data(folder, spec, facts, at, table)]
    if "xlsx" in spec.formats:
        made.append(_reading_copy(folder, spec, facts, ready))
    made += _codes(folder, spec, ready)
    _must_differ([file.name for file, _, _ in made])
    write_schema(folder / SCHEMA_FILE, facts, {file: table for file, table, _ in made})
    made.append((listed(folder / SCHEMA_FILE), None, "skema for programmer"))
    (folder / DICTIONARY).write_text(_dictionary(spec, facts, ready), encoding="utf-8")
    made.append((listed(folder / DICTIONARY), None, "dataordbog"))
    write_letter(folder, facts, [Described(file, about) for file, _, about in made], _revision(facts, made))
    files = [*(file for file, _, _ in made), listed(folder / LETTER), listed(folder / LETTER_PAGE)]
    write_manifest(folder / MANIFEST, facts, files)
    for name in (SCHEMA_FILE, DICTIONARY, LETTER, MANIFEST):
        refuse_personal_text(folder / name)
    validate(folder)
    return [*files, listed(folder / MANIFEST, repeatable=False)]


def _data(folder: Path, spec: Specification, facts: PackageFacts, at: int, table: Table) -> list[_Made]:
    made = []
    for form in spec.formats:
        path = folder / f"{table.name}.{form}"
        match form:
            case "csv":
                write_csv(path, table, spec.encoding)
            case "sup":
                path = folder / f"{at:02d}_{table.name}_{facts.run_date:%Y_%m_%d}.zip"
                write_sup(path, table, facts.run_date, facts.period.first, facts.period.last)
            case "parquet":
                write_parquet(path, table)
            case "xlsx":
                # One workbook for all.
                continue
        made.append((listed(path, len(table.rows)), table, f"{table.title} ({form.upper()})"))
    return made


def _reading_copy(folder: Path, spec: Specification, facts: PackageFacts, tables: Sequence[Table]) -> _Made:
    path = folder / READING_COPY
    about = {
        "Leverance": f"{facts.stem}: {spec.title}, {in_danish(facts.period)}",
        "Kørselsdato": facts.run_date.isoformat(),
        "Definitioner": facts.definitions,
        "Læsekopi": "Regnearket er til at læse i. Det er de andre filer i pakken, der er leverancen.",
        "Tomme felter": "Værdien er skjult eller ikke oplyst. Se følgebrevet.",
    }
    write_xlsx(path, spec.title, tables, about, facts.run_date)
    return listed(path), None, "læsekopi af alle tabeller"


def _codes(folder: Path, spec: Specification, tables: Sequence[Table]) -> list[_Made]:
    made: list[_Made] = []
    for name, codes in lists_told(spec, tables).items():
        path = folder / file_of(name)
        write_codes(path, codes.items(), spec.encoding)
        made.append((listed(path, len(codes)), None, "kodeliste"))
    return made


def _dictionary(spec: Specification, facts: PackageFacts, tables: Sequence[Table]) -> str:
    """The page of the data dictionary. The code of a total is explained there, and is of no list."""
    lists = lists_told(spec, tables)
    told = {name: {code: label for code, label in codes.items() if code != TOTAL} for name, codes in lists.items()}
    return dictionary(spec, facts.receiver, told)


def _revision(facts: PackageFacts, made: Sequence[_Made]) -> str | None:
    """The file that tells what differs from the delivery that this one replaces."""
    told = [file.name for file, table, _ in made if table and table.name == REVISION]
    return told[0] if told and facts.replaces is not None else None


def _must_differ(names: Sequence[str]) -> None:
    if doubled := {name for name in names if names.count(name) > 1}:
        raise PackageRefused(f"Two files of the package would be called {sorted(doubled)[0]}.", "Rename the table.")
