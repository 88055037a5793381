"""Planting bad rows into the members of one delivery, each noted with its line and the rule it breaks."""

from __future__ import annotations

import random
from collections.abc import Mapping

from .planted import BadRow, HiddenNumber, Planted
from .writing import MemberText


class Planter:
    """What the planters of all sources with members share."""

    def __init__(self, file: str, members: Mapping[str, MemberText], planted: Planted, rng: random.Random) -> None:
        """`file` is the delivery that `members` will be packed into."""
        self._file = file
        self._members = members
        self._planted = planted
        self._rng = rng
        self._next_id = 9000001
        self._first_rows: dict[str, tuple[object, ...]] = {}

    def _id(self) -> int:
        """An id that no good row has."""
        self._next_id += 1
        return self._next_id - 1

    def _bad(self, member: str, row: tuple[object, ...], field: str | None, rule: str) -> None:
        """Add a row and note that it must be quarantined."""
        self._note(member, field, rule)
        self._members[member].add([row])

    def _torn(self, member: str, line: str, rule: str) -> None:
        """Add a line that no writer of well-formed rows would make."""
        self._note(member, None, rule)
        self._members[member].add_text(f"{line}\n")

    def _note(self, member: str, field: str | None, rule: str) -> None:
        self._planted.rows.append(BadRow(self._file, member, self._members[member].lines + 1, field, rule))

    def _hide(self, member: str, where: str, text: str, cpr: str) -> None:
        """Note the number that the next row of the member will hold."""
        line_number = self._members[member].lines + 1
        self._planted.numbers.append(HiddenNumber(self._file, member, line_number, where, text, cpr))


def digits(text: str) -> str:
    """The digits of a CPR number as it was written."""
    return "".join(character for character in text if character.isdigit())


def hyphenated(cpr: str) -> str:
    """DDMMYY-SSSS."""
    return f"{cpr[:6]}-{cpr[6:]}"
