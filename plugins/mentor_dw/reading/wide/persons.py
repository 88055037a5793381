"""The fixed fields of many rows at once: the person, what the CPR number says, and what is known of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mentor_dw.feeds import code_list
from mentor_dw.identity.cpr import Cpr, parse_cpr
from mentor_dw.reading.wide.cells import ZERO, codes, days, digits, gather
from mentor_dw.reading.wide.folded import EMPTY, NO_DATE, PERSON
from mentor_dw.reading.wide.layout import Layout

_CPR_DIGITS = 10
_WEIGHTS = np.array([4, 3, 2, 7, 6, 5, 4, 3, 2, 1], np.int32)
_DATE_BYTES = 10
_KOMMUNE_DIGITS = 3


def _full_years() -> np.ndarray:
    """The year of birth by the seventh digit and the year's two last ones (sources.md 4.1)."""
    years = np.arange(100)
    table = np.tile(1900 + years, (10, 1))
    table[[4, 9]] = np.where(years <= 36, 2000, 1900) + years
    table[5:9] = np.where(years <= 57, 2000, 1800) + years
    return table


#: The year of birth, row and column as in `_full_years`.
YEARS = _full_years()


@dataclass(frozen=True)
class Spans:
    """Where one field of many rows stands: first byte and first byte after it."""

    starts: np.ndarray
    ends: np.ndarray

    @property
    def sizes(self) -> np.ndarray:
        """Bytes of each."""
        return self.ends - self.starts


def read_persons(content: np.ndarray, spans: dict[str, Spans], layout: Layout) -> tuple[np.ndarray, np.ndarray]:
    """Records of dtype PERSON (line numbers left 0) of rows whose fields are at `spans`, and which of them are good."""
    spec = {field.name: code_list(field.code_list) for field in layout.wide.fields if field.code_list}
    persons = np.zeros(len(spans["pnr"].starts), PERSON)
    good = _read_cpr(content, spans["pnr"], persons)
    for name in ("koen", "civilstand"):
        place = codes(content, spans[name].starts, spans[name].sizes, spec[name])
        persons[name] = np.array([*spec[name], "", ""], "S1")[place]
        good &= place >= (EMPTY if name == "civilstand" else 0)
    persons["herkomst"] = codes(content, spans["herkomst"].starts, spans["herkomst"].sizes, spec["herkomst"])
    good &= persons["herkomst"] >= EMPTY
    persons["foedselsdato"] = _read_date(content, spans["foedselsdato"])
    good &= persons["foedselsdato"] != NO_DATE
    sizes = spans["kommunekode"].sizes
    number, are_digits = digits(content, spans["kommunekode"].starts, _KOMMUNE_DIGITS)
    persons["kommunekode"] = np.where(sizes == 0, EMPTY, number)
    good &= (sizes == 0) | ((sizes == _KOMMUNE_DIGITS) & are_digits)
    return persons, good


def _read_cpr(content: np.ndarray, spans: Spans, persons: np.ndarray) -> np.ndarray:
    """Fill in what the CPR numbers say; which of them are persons."""
    number = gather(content, spans.starts, _CPR_DIGITS)
    good = (spans.sizes == _CPR_DIGITS) & (number - np.uint8(ZERO) <= 9).all(axis=1)
    for row in np.flatnonzero(~good):
        person = parse_cpr(content[spans.starts[row] : spans.ends[row]].tobytes().decode("ascii"))
        if isinstance(person, Cpr):
            number[row] = np.frombuffer(person.number.encode(), np.uint8)
            good[row] = True
    persons["cpr"] = number.view(f"S{_CPR_DIGITS}")[:, 0]
    digit = np.where(good[:, np.newaxis], number - np.uint8(ZERO), 0).astype(np.int32)
    day, month, year = (digit[:, place] * 10 + digit[:, place + 1] for place in (0, 2, 4))
    replaced = (day >= 61) & (day <= 91)
    persons["erstatning"] = replaced
    persons["modulus11"] = digit @ _WEIGHTS % 11 == 0
    persons["cpr_koen"] = np.where(digit[:, 9] % 2, b"M", b"K")
    persons["cpr_foedselsdato"] = days(YEARS[digit[:, 6], year], month, day - 60 * replaced)
    return good & digit.any(axis=1)


def _read_date(content: np.ndarray, spans: Spans) -> np.ndarray:
    """Days since 2000-01-01 of dates written YYYY-MM-DD; NO_DATE for what is none."""
    cells = gather(content, spans.starts, _DATE_BYTES)
    hyphens = (cells[:, [4, 7]] == ord("-")).all(axis=1)
    digit = (cells[:, [0, 1, 2, 3, 5, 6, 8, 9]] - np.uint8(ZERO)).astype(np.int32)
    written = (spans.sizes == _DATE_BYTES) & hyphens & (digit <= 9).all(axis=1)
    digit[~written] = 0
    year = digit[:, :4] @ np.array([1000, 100, 10, 1], np.int32)
    return days(year, digit[:, 4] * 10 + digit[:, 5], digit[:, 6] * 10 + digit[:, 7])
