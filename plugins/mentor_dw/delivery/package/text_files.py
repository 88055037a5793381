"""Tables as text: CSV, and SUP, the form in which STAR exchanges files (rules.md section 10).

Both: CRLF, decimal comma, ISO dates, a minus before a negative number, nothing at all for a hidden value. A row at a
time, so that a large table is not in memory twice.
"""

from __future__ import annotations

import csv
import zipfile
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

from mentor_dw.delivery.package.archive import add_file
from mentor_dw.delivery.package.tables_ready import decimals_of
from mentor_dw.delivery.tables import Column, Table, Value
from mentor_dw.errors import MentorDwError

SEPARATOR = "¤|¤|¤"
_SEPARATOR_SIGNS = set(SEPARATOR)


def write_csv(path: Path, table: Table, encoding: str) -> None:
    """Write a table as CSV: `;`, names of columns first, quotation marks only where they are needed.

    Raises MentorDwError, and leaves no file, when a text has a sign that the encoding does not know.
    """
    header = [column.name for column in table.columns]
    _write(path, table.name, [header], texts(table), encoding)


def write_codes(path: Path, codes: Iterable[tuple[str, str]], encoding: str) -> None:
    """Write a code list: `kode`, `label`, in the order of the list. Raises as `write_csv`."""
    _write(path, path.stem, [["kode", "label"]], ([code, label] for code, label in codes), encoding)


def write_sup(path: Path, table: Table, run_date: date, first: date, last: date) -> None:
    """Write a table as SUP: a ZIP that holds one file of the same name, ending .csv.

    Line 1 has fixed width: rows (15, zeros before), run date (10), first and last day of the period (10 each) and F,
    for it is always the full table; line 2 names the columns. UTF-8. Raises MentorDwError when a text holds the
    separator's signs.
    """
    content = path.with_suffix(".csv")
    try:
        with content.open("w", encoding="utf-8", newline="") as file:
            file.write(f"{len(table.rows):015d}{run_date.isoformat()}{first.isoformat()}{last.isoformat()}F\r\n")
            file.write(SEPARATOR.join(column.name for column in table.columns) + "\r\n")
            for row in texts(table):
                if any(not _SEPARATOR_SIGNS.isdisjoint(text) for text in row if text):
                    raise MentorDwError(
                        f"A text of the table {table.name} holds a sign of SUP's separator ({SEPARATOR}).",
                        "The receiver could not tell where the field ends; take the sign out of the code or label.",
                    )
                file.write(SEPARATOR.join(row) + "\r\n")
        # Stored and not deflated: what deflating makes of it depends on the version of a library.
        with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
            add_file(archive, content, content.name)
    finally:
        content.unlink(missing_ok=True)


def texts(table: Table) -> Iterator[list[str]]:
    """The rows as texts, hidden values as nothing."""
    tellers = [_teller(table, column) for column in table.columns]
    for row in table.rows:
        yield ["" if value is None else tell(value) for tell, value in zip(tellers, row, strict=True)]


def _teller(table: Table, column: Column) -> Callable[[Value], str]:
    if column.type == "decimal":
        places = decimals_of(table, column)
        # Minus nothing is plain nothing.
        return lambda value: f"{value or Decimal(0):.{places}f}".replace(".", ",")
    return str


def _write(path: Path, name: str, header: list[list[str]], rows: Iterable[list[str]], encoding: str) -> None:
    try:
        with path.open("w", encoding=encoding, newline="") as file:
            writer = csv.writer(file, delimiter=";", lineterminator="\r\n", quoting=csv.QUOTE_MINIMAL)
            writer.writerows(header)
            writer.writerows(rows)
    except UnicodeEncodeError as error:
        path.unlink()
        sign = error.object[error.start]
        raise MentorDwError(
            f"A text of the table {name} has the sign U+{ord(sign):04X}, which {encoding} does not know.",
            "Let the specification say encoding: utf-8, or correct the text where it comes from.",
        ) from None
