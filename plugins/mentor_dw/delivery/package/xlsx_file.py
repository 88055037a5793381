"""The reading copy: one workbook with a sheet per table and one that explains. Typed cells, nothing that computes.

The delivery is the machine-readable files. A spreadsheet turns what looks like a formula or an address into one, and
codes with leading zeros into numbers; so every text is written as a text, and nothing is left to be guessed.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from mentor_dw.delivery.package.tables_ready import decimals_of
from mentor_dw.delivery.tables import Column, Table, Value
from mentor_dw.errors import MentorDwError

#: What a sheet holds, its header included, and how long the name of one may be.
_ROWS, _NAME = 1_048_576, 31
_EXPLAINS = "Forklaring"
_NARROW, _WIDE = 10, 40


def write_xlsx(path: Path, title: str, tables: Sequence[Table], about: Mapping[str, str], run_date: date) -> None:
    """Write the workbook. `about` are lines of the sheet that explains: what, and its words.

    Codes have their label in a column of its own. A hidden value is an empty cell. Raises MentorDwError when a table
    has more rows than a sheet.
    """
    for table in tables:
        if len(table.rows) >= _ROWS:
            raise MentorDwError(
                f"The table {table.name} has {len(table.rows)} rows, more than a sheet of a workbook holds.",
                "A reading copy is no use here: take xlsx out of `formats` of the specification.",
            )
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".xlsx") as aside:
        options = {
            "constant_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
            "tmpdir": aside,
        }
        with xlsxwriter.Workbook(str(path), options) as book:
            # Without it the workbook tells when it was written, and is another one every second.
            book.set_properties({"title": title, "created": datetime.combine(run_date, time(), UTC)})
            book.use_zip64()
            formats = _Formats(book)
            names = [_sheet_name(at, table) for at, table in enumerate(tables, start=1)]
            _write_explanation(book.add_worksheet(_EXPLAINS), formats, about, tables, names)
            for name, table in zip(names, tables, strict=True):
                _write_table(book.add_worksheet(name), formats, table)


class _Formats:
    """The formats of a workbook, each made once."""

    def __init__(self, book: Any) -> None:
        self.head = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
        self.text = book.add_format({"num_format": "@"})
        self.wrapped = book.add_format({"num_format": "@", "text_wrap": True, "valign": "top"})
        self.day = book.add_format({"num_format": "yyyy-mm-dd"})
        self.whole = book.add_format({"num_format": "#,##0"})
        self._decimals = {places: book.add_format({"num_format": "#,##0." + "0" * places}) for places in range(1, 10)}

    def number(self, places: int) -> Any:
        """The format of a number with so many decimals."""
        return self._decimals[min(places, 9)] if places else self.whole


def _sheet_name(at: int, table: Table) -> str:
    return f"{at:02d}_" + re.sub(r"[\[\]:*?/\\']", "_", table.name)[: _NAME - 3]


def _write_explanation(
    sheet: Worksheet, formats: _Formats, about: Mapping[str, str], tables: Sequence[Table], names: Sequence[str]
) -> None:
    sheet.set_column(0, 3, _WIDE)
    lines = [
        *((what, words) for what, words in about.items()),
        (),
        ("Ark", "Kolonne", "Titel", "Beskrivelse"),
        *(
            (name, column.name, _title(column), column.description)
            for name, table in zip(names, tables, strict=True)
            for column in table.columns
        ),
    ]
    for row, line in enumerate(lines):
        for place, words in enumerate(line):
            # The texts of a specification have line breaks where its file has.
            sheet.write_string(row, place, " ".join(words.split()), formats.wrapped)


def _write_table(sheet: Worksheet, formats: _Formats, table: Table) -> None:
    # A column of codes is two: the code and what it means.
    columns = [
        (at, column, labelled)
        for at, column in enumerate(table.columns)
        for labelled in ((False, True) if column.codes else (False,))
    ]
    for place, (_, column, labelled) in enumerate(columns):
        sheet.set_column(place, place, _WIDE if labelled else max(_NARROW, len(column.title) // 2))
        head = f"{_title(column)} (kode)" if column.codes and not labelled else _title(column)
        sheet.write_string(0, place, head, formats.head)
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, len(table.rows), len(columns) - 1)
    numbers = {column.name: formats.number(decimals_of(table, column)) for _, column, _ in columns}
    for row, values in enumerate(table.rows, start=1):
        for place, (at, column, labelled) in enumerate(columns):
            value = values[at]
            if labelled and value is not None:
                value = (column.codes or {}).get(str(value), "")
            _write_value(sheet, row, place, value, formats, numbers[column.name])


def _write_value(sheet: Worksheet, row: int, place: int, value: Value, formats: _Formats, number: Any) -> None:
    match value:
        case None:
            return
        case str():
            sheet.write_string(row, place, value, formats.text)
        case date():
            sheet.write_datetime(row, place, datetime.combine(value, time()), formats.day)
        case _:
            # A sheet knows floating point only; exact amounts are in the other files.
            sheet.write_number(row, place, float(value), number)


def _title(column: Column) -> str:
    return f"{column.title} ({column.unit})" if column.unit else column.title
