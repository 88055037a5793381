"""Bad rows of every kind in one otherwise good delivery of DREAM, and what the contract does not know.

Every bad row is an extra one of a person whom no mentor source knows, so the figures stay.
"""

from __future__ import annotations

import random
from datetime import date

from .dream_deliveries import DreamText
from .planted import BadRow, Drift, HiddenNumber, Planted, UnknownCode
from .planter import hyphenated
from .population import Population

#: The delivery that holds the bad rows, and its additional column.
PLANTED_FILE = "dream_2016-06.csv.zst"
EXTRA_COLUMN = "a_kasse_navn"
_UNKNOWN_CODE = "413"
_BIRTH = date(1979, 3, 14)
_FAULTS = (
    ("pnr", "", "key_empty"),
    ("pnr", "12345", "bad_cpr"),
    ("pnr", "0000000000", "unknown_person"),
    ("koen", "", "empty_required"),
    ("koen", "X", "bad_code"),
    ("foedselsdato", "", "empty_required"),
    ("foedselsdato", "1979-02-30", "bad_date"),
    ("foedselsdato", "14-03-1979", "bad_date"),
    ("kommunekode", "1O1", "bad_text"),
    ("herkomst", "nordisk", "bad_code"),
    ("civilstand", "S", "bad_code"),
    ("y_1420", "13", "bad_code"),
    ("y_1511", "1A1", "bad_code"),
    ("branche_2014_05", "86220", "bad_code"),
    ("grad_2015_02", "0.5", "bad_number"),
    ("ak12", "7", "bad_code"),
)


class DreamPlanter:
    """Plants into a delivery of DREAM: `head` before the first good rows, `tail` after the last."""

    def __init__(self, text: DreamText, columns: list[str], planted: Planted, rng: random.Random) -> None:
        self._text = text
        self._columns = columns
        self._planted = planted
        self._rng = rng

    def head(self, population: Population, first: str) -> None:
        """Bad rows that good ones follow. `first` is the first good line, for `tail`."""
        self._population = population
        self._first = first
        self._planted.drift.append(Drift(PLANTED_FILE, "", EXTRA_COLUMN))
        for column, value, rule in _FAULTS:
            self._bad(self._line({column: value}), column, rule)
        line = self._line({})
        self._bad(line.rpartition(";")[0], None, "too_few_fields")
        self._bad(f"{line};", None, "too_many_fields")
        self._bad("", None, "too_few_fields")
        self._planted.codes.append(UnknownCode(PLANTED_FILE, self._text.lines + 1, "y_1501", _UNKNOWN_CODE))
        self._text.add([self._line({"y_1501": _UNKNOWN_CODE, "y_1502": _UNKNOWN_CODE})])
        number = self._number()
        self._hide("unknown column of an accepted row", number)
        self._text.add([self._line({EXTRA_COLUMN: number})])
        number = self._number()
        self._hide("code field", number)
        self._bad(self._line({"herkomst": number}), "herkomst", "bad_code")
        number = hyphenated(self._number())
        self._hide("week", number)
        self._bad(self._line({"y_1601": number}), "y_1601", "bad_code")

    def tail(self) -> None:
        """A repeated key, after the good row that it repeats."""
        self._bad(self._first, None, "key_twice")

    def _number(self) -> str:
        return self._population.draw_resident(self._rng, lambda: _BIRTH, "K").cpr

    def _line(self, values: dict[str, str]) -> str:
        """A line that would be right but for `values`."""
        row = {
            "pnr": self._number(), "koen": "K", "foedselsdato": _BIRTH.isoformat(), "kommunekode": "751",
            "herkomst": "dansk", "civilstand": "G",
        } | values  # fmt: skip
        return ";".join(row.get(column, "") for column in self._columns)

    def _bad(self, line: str, field: str | None, rule: str) -> None:
        """Add a line and note that it must be quarantined."""
        self._planted.rows.append(BadRow(PLANTED_FILE, "", self._text.lines + 1, field, rule))
        self._text.add([line])

    def _hide(self, where: str, text: str) -> None:
        """Note the number that the next line will hold."""
        number = text.replace("-", "")
        self._planted.numbers.append(HiddenNumber(PLANTED_FILE, "", self._text.lines + 1, where, text, number))
