"""Random faults of every kind of row, planted in a population and written to a file."""

from __future__ import annotations

import csv
import io
import random

from door_by_rules import Line, key_of, kinds
from population import COLUMNS, Data

BAD = {
    "id": ["12a", "-5", "1.5", " 7", "x"],
    "date": ["2008-02-30", "30-06-2008", "2008-6-1", "2008-13-01", "0000-01-01", " 2008-06-01", "nej", "20080601"],
    "time": ["24:00", "9:00", "09:60", "0900", "09:00:00", "kl. 9"],
    "number": ["-1", "99999", "5,5", "fem", " 5", "1e2"],
    "code": ["X", "0", "hjem", "UDD8", "BEG19", "BEG1", "M "],
    "digits3": ["85", "0851", "8a1"],
    "cpr": ["", "   ", "0000000000", "000000-0000", "A", "12345678", "61038012345", "61-03-801234", "610380123a"],
}
#: Written otherwise, and yet good.
FORGIVEN_CPR = ["{0}-{1}", " {0}{1}", "{0} {1}", "{0}{1} "]


class Planter:
    """Plants faults in the rows of `data` and writes them."""

    def __init__(self, data: Data, draw: random.Random) -> None:
        self._draw = draw
        self.members = {name: [Line(dict(row)) for row in rows] for name, rows in data.items()}
        #: members and columns that no contract names, as the ledger says them
        self.unknown: list[tuple[str, str | None]] = []

    def plant(self, count: int, only: list[str] | None = None) -> None:
        """`count` faults in random members; a row may get several."""
        ways = [self._spoil] * 6 + [self._repeat] * 3 + [self._unsplit] * 2 + [self._dangle] * 2 + [self._turn]
        for _ in range(count):
            filled = [name for name in only or COLUMNS if self.members[name]]
            if filled:
                self._draw.choice(ways)(self._draw.choice(filled))

    def _line(self, member: str) -> Line:
        return self._draw.choice(self.members[member])

    def _spoil(self, member: str) -> None:
        field, kind = self._draw.choice(list(kinds(member).items()))
        bad = [*BAD.get(kind.partition(":")[0].partition("@")[0].rstrip("*"), []), ""]
        self._line(member).values[field] = self._draw.choice(bad)

    def _repeat(self, member: str) -> None:
        """A second row of the same key, before or after the first, perhaps bad for another reason too."""
        first = self._line(member)
        again = Line({field: self._line(member).values[field] for field in COLUMNS[member]})
        again.values |= {field: first.values[field] for field in key_of(member)}
        self.members[member].insert(self._draw.randint(0, len(self.members[member])), again)

    def _unsplit(self, member: str) -> None:
        form = self._draw.choice(["few", "many", "quoting", "blank"])
        if form == "blank":
            # Before another row: blank lines at the end are no rows.
            line = Line(dict.fromkeys(COLUMNS[member], ""), form)
            self.members[member].insert(self._draw.randrange(len(self.members[member])), line)
        else:
            self._line(member).form = form

    def _dangle(self, member: str) -> None:
        fields = [field for field, kind in kinds(member).items() if "@" in kind]
        if fields:
            self._line(member).values[self._draw.choice(fields)] = str(self._draw.randint(700_000, 800_000))

    def _turn(self, member: str) -> None:
        if "slut_dato" in COLUMNS[member]:
            values = self._line(member).values
            values["start_dato"], values["slut_dato"] = "2009-05-02", self._draw.choice(["2009-05-01", "2009-05-02"])

    def forgive(self) -> None:
        """Write some numbers and names otherwise: with blanks, a hyphen, without their zero, over two lines."""
        for line in self.members["borgere.csv"]:
            number = "".join(line.values["cpr"].split()).replace("-", "")
            if len(number) == 10 and number.isdigit() and number != "0" * 10 and self._draw.random() < 0.2:
                line.values["cpr"] = self._draw.choice(FORGIVEN_CPR).format(number[:6], number[6:])
            elif self._draw.random() < 0.05:
                line.values["cpr"] = _without_zero(self._draw)
        for line in self.members["virksomheder.csv"]:
            # A broken record ends with its line, so a name over two lines would become two rows.
            if line.values["navn"] and line.form != "quoting" and self._draw.random() < 0.2:
                line.values["navn"] = "Over\nto linjer"

    def write(self) -> dict[str, bytes]:
        """The members as bytes, in any order; every line learns its number."""
        names = list(self.members)
        self._draw.shuffle(names)
        written = {name: self._written(name).encode() for name in names}
        if self._draw.random() < 0.1:
            self.unknown.append(("log.csv", None))
            written["log.csv"] = b"hvad som helst"
        return written

    def _written(self, member: str) -> str:
        columns = COLUMNS[member][:]
        if self._draw.random() < 0.1:
            columns.append("bemaerkning")
            self.unknown.append((member, "bemaerkning"))
        self._draw.shuffle(columns)
        end = self._draw.choice(["\n", "\r\n"])
        text, number = _joined(columns, end), 2
        for line in self.members[member]:
            line.number = number
            fields = [line.values.get(column, "x") for column in columns]
            if line.form == "few":
                written = _joined(fields[:-1], end)
            elif line.form == "many":
                written = _joined([*fields, ""], end)
            elif line.form == "quoting":
                written = '"0"1' + _joined(["", *fields[1:]], end)
            else:
                written = end if line.form == "blank" else _joined(fields, end)
            text += written
            number += written.count("\n")
        return text + self._draw.choice(["", "", end, end * 3])


def _without_zero(draw: random.Random) -> str:
    """Nine digits, the leading zero lost: a number that fails modulus 11, as nobody's does."""
    while True:
        number = f"0{draw.randint(2, 9)}{draw.randint(2, 12):02d}{draw.randint(40, 89)}{draw.randint(0, 3999):04d}"
        if sum(weight * int(digit) for weight, digit in zip((4, 3, 2, 7, 6, 5, 4, 3, 2, 1), number, strict=True)) % 11:
            return number[1:]


def _joined(fields: list[str], end: str) -> str:
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=";", lineterminator=end).writerow(fields)
    return out.getvalue()
