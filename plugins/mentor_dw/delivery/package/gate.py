"""What a package must pass before it is closed: nobody's number in it, no key of the house, no count that is too small,
and every CSV as the schema says, judged by the public library.

The last fence, not the only one: each of these is seen to elsewhere. It looks at what is about to go out, and no error
of it holds a value.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from mentor_dw.delivery.content.revision import NAME as REVISION
from mentor_dw.delivery.package.schema import SCHEMA_FILE
from mentor_dw.delivery.specification.model import Specification
from mentor_dw.delivery.tables import Column, Table, Value
from mentor_dw.errors import MentorDwError
from mentor_dw.identity.cpr import possible_cprs
from mentor_dw.masking import SHORTEST, holds_cpr

_KEY = re.compile(r"(.*_)?key|cpr(_.*)?")
#: Checksums and versions of code may have ten digits in a row; a moment to the microsecond may read as a date and four
#: digits. Neither is anybody's number.
_NOBODYS = re.compile(r"\b[0-9a-f]{40,64}\b|\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\b")
_DIGITS = re.compile(r"\d{10,}")
_OTHER = re.compile(r"\D+")
_NUMBER = 10
#: The columns of a revision that hold values of other columns.
_OLD_OR_NEW = "_vaerdi"


class PackageRefused(MentorDwError):
    """A package that may not go out as it is. Nothing of it has left the house."""


def refuse_personal(spec: Specification, tables: Sequence[Table]) -> None:
    """Raises PackageRefused for a column with a key of the house, a value or word that could be a CPR number, or a
    count below the threshold.

    A number with a unit is an amount, not a name of anybody, and may have nine digits or more; so may what a revision
    says of it.
    """
    amounts = {(table.name, column.name) for table in tables for column in table.columns if _is_amount(column)}
    for table in tables:
        for at, column in enumerate(table.columns):
            if _KEY.fullmatch(column.name):
                raise PackageRefused(
                    f"{table.name}.{column.name} has the name of a key of the house.",
                    "A receiver gets pseudonyms of its own, or nothing; correct the specification.",
                )
            words = [column.title, column.description, *(column.codes or {}), *(column.codes or {}).values()]
            values = () if _is_amount(column) else _values(table, at, amounts)
            if could_be_cpr(str(value) for value in (*words, *values) if value is not None):
                raise PackageRefused(
                    f"{table.name}.{column.name} holds what could be a CPR number.",
                    "Nothing was closed. See the model; a column of amounts must say its unit.",
                )
        _refuse_small(spec, table)


def refuse_personal_text(path: Path) -> None:
    """Raises PackageRefused when a text file (for a JSON file: a text in it) holds what could be a CPR number."""
    text = path.read_text(encoding="utf-8")
    if could_be_cpr(_texts(json.loads(text)) if path.suffix == ".json" else text.splitlines()):
        raise PackageRefused(
            f"{path.name} holds what could be a CPR number.",
            "Nothing was closed. See the texts of the specification, of the receiver and of the decision.",
        )


def could_be_cpr(texts: Iterable[str]) -> bool:
    """Whether one of the texts holds what could be a CPR number, however it is written.

    Of ten digits and more in a row, ten must begin with a day and a month: pseudonyms may have ten digits in a row, and
    never such.
    """
    return any(
        # Counting digits first is ten times as fast, and few texts have so many.
        len(_OTHER.sub("", text)) >= SHORTEST and holds_cpr(text) and holds_cpr(_without_others(text))
        for text in texts
    )


def validate(folder: Path) -> None:
    """Judge the files by `datapackage.json` with the public library. Raises PackageRefused naming file, column, row."""
    from frictionless import Package

    report = Package(str(folder / SCHEMA_FILE)).validate()
    if report.valid:
        return
    # Of an error only its kind and place: its message holds the value.
    faults = [*((None, error) for error in report.errors)]
    faults += [(task.place, error) for task in report.tasks for error in task.errors]
    place, fault = faults[0]
    where = [str(place or SCHEMA_FILE)]
    where += [f"column {fault.field_name}"] if getattr(fault, "field_name", None) else []
    where += [f"row {fault.row_number}"] if getattr(fault, "row_number", None) else []
    raise PackageRefused(
        f"{', '.join(where)}: {fault.type} by the schema of the package ({len(faults)} errors in all).",
        "The files and their schema do not fit; correct the specification or the model of the extract.",
    )


def _is_amount(column: Column) -> bool:
    return column.unit is not None and column.type in ("integer", "decimal")


def _values(table: Table, at: int, amounts: set[tuple[Value, Value]]) -> set[Value]:
    """The different values of a column; of a revision those of `amounts` left out, which stand there as text."""
    names = [column.name for column in table.columns]
    if table.name != REVISION or not names[at].endswith(_OLD_OR_NEW):
        return {row[at] for row in table.rows}
    of_table, of_column = names.index("tabel"), names.index("kolonne")
    return {row[at] for row in table.rows if (row[of_table], row[of_column]) not in amounts}


def _refuse_small(spec: Specification, table: Table) -> None:
    """Raises PackageRefused for a count of persons or rows from 1 to threshold - 1."""
    if spec.level != "counts" or spec.disclosure.method != "suppress":
        return
    told = next((one for one in spec.tables if one.name == table.name), None)
    counts = {measure.name for measure in told.measures if measure.kind in ("persons", "rows")} if told else set()
    for at, column in enumerate(table.columns):
        if column.name in counts and any(
            isinstance(row[at], int) and 0 < row[at] < spec.disclosure.threshold for row in table.rows
        ):
            raise PackageRefused(
                f"{table.name}.{column.name} tells a count below the threshold of {spec.disclosure.threshold}.",
                "Nothing was closed: disclosure control has missed it.",
            )


def _without_others(text: str) -> str:
    """The text without what is nobody's number by its form, or by the dates it would begin with."""
    return _DIGITS.sub(lambda run: run[0] if _possible(run[0]) else "x", _NOBODYS.sub("x", text))


def _possible(run: str) -> bool:
    return any(possible_cprs(run[at : at + _NUMBER]) for at in range(len(run) - _NUMBER + 1))


def _texts(told: Any) -> Iterator[str]:
    """Every text in JSON. Its numbers are sizes and counts of ours."""
    match told:
        case str():
            yield told
        case dict():
            for name, value in told.items():
                yield name
                yield from _texts(value)
        case list():
            for value in told:
                yield from _texts(value)
