"""Deliveries of the three sources as bytes: planted faults, columns in any order, line ends, packing."""

from __future__ import annotations

import csv
import gzip
import io
import zipfile
from calendar import monthrange
from dataclasses import dataclass, field
from datetime import date
from random import Random

from backports import zstd
from population import COLUMNS
from register_people import Dream, Row

BIFLIS_COLUMNS = {
    "borger.csv": ["cpr", "koen", "foedselsdato", "herkomst", "bopaelskommune"],
    "kontaktforloeb.csv": ["kontaktforloeb_id", "cpr", "ydelse", "start_dato", "slut_dato"],
    "visitation.csv": ["cpr", "visitationskategori", "fra_dato", "til_dato"],
    "tilbud.csv": ["tilbud_id", "cpr", "tilbudstype", "start_dato", "planlagt_slut", "slut_dato", "sted"],
    "mentorforloeb.csv": [
        "mentorforloeb_id", "cpr", "mentortype", "haendelse", "forrige_id", "start_dato", "planlagt_slut", "slut_dato",
        "afslutning", "minutter_pr_uge", "leverandoer_id", "maalgruppe",
    ],
    "mentoraftale.csv": [
        "mentorforloeb_id", "indgaaet_dato", "formaal", "mentor_kontakt", "opgaver", "varighed_uger", "timetal",
        "klagevejledning",
    ],
    "mentorkontakt.csv": ["kontakt_id", "mentorforloeb_id", "dato", "minutter"],
    "leverandoer.csv": ["leverandoer_id", "navn", "type"],
    "budget.csv": ["aar", "ordning", "beloeb_mio", "heraf_implementering_mio"],
    "omkostning.csv": ["bilag_id", "mentorforloeb_id", "periode", "konto", "beloeb_kr"],
    "serviceniveau.csv": ["kommunekode", "mentortype", "minutter_pr_uge", "gyldig_fra", "gyldig_til"],
    "referencegruppe.csv": ["gruppe", "fordeling", "kategori", "andel_pct", "dato"],
}  # fmt: skip
DREAM_FIELDS = ["pnr", "koen", "foedselsdato", "kommunekode", "herkomst", "civilstand"]
#: What may be planted in a cell, by the beginning of its column's name.
BAD_CELLS = {
    "cpr": ["", "12345678", "0000000000", "61-03-801234", "A"],
    "pnr": ["", "12345678", "000000-0000", "61-03-801234", "A"],
    "koen": ["X", ""],
    "foedselsdato": ["30-02-1960", "1960-13-01", ""],
    "herkomst": ["x", "Dansk"],
    "bopaelskommune": ["", "85", "8a1"],
    "kommunekode": ["85", "8a1"],
    "civilstand": ["X", "u"],
    "start_dato": ["31-02-2016", "2016-02-31", ""],
    "slut_dato": ["32-01-2016", "nej"],
    "mentortype": ["social", ""],
    "leverandoer_id": ["99", "x", ""],
    "forrige_id": ["999", "x"],
    "y_": ["13", "1300", "abc", " 1"],
    "branche_": ["52299", "52299x"],
    "grad_": ["1.0", ",5", "-1"],
    "ak": ["1", "abc"],
}


@dataclass
class Line:
    """A row to be written. `form`: "plain", or "few" or "many" fields."""

    values: Row = field(repr=False)
    form: str = "plain"


@dataclass
class Delivery:
    """A delivery and what stands in it. A line's physical number is its place + 2. DREAM has the one member ""."""

    source: str
    covers: str
    name: str
    columns: dict[str, list[str]] = field(repr=False)
    lines: dict[str, list[Line]] = field(repr=False)
    content: bytes = field(default=b"", repr=False)


class Writer:
    """Writes deliveries; `draw` decides about all that does not change what they say, and about faults."""

    def __init__(self, draw: Random) -> None:
        self.draw = draw

    def webreg(self, covers: str, rows: dict[str, list[Row]]) -> Delivery:
        """A webreg zip without faults: random doors of its own try those."""
        return self._zip("webreg", covers, COLUMNS, rows, "utf-8")

    def biflis(self, covers: str, rows: dict[str, list[Row]], faults: int) -> Delivery:
        """A BIFLIS zip with about `faults` faults."""
        return self._zip("biflis", covers, BIFLIS_COLUMNS, rows, "cp1252", faults)

    def dream(self, covers: str, register: Dream, faults: int) -> Delivery:
        """A wide file, plain or packed, with about `faults` faults."""
        draw, time = self.draw, register.time
        weeks, months, years = self._series(covers, register)
        head = [*DREAM_FIELDS, *weeks, *months, *years]
        if draw.random() < 0.2:
            head.append(draw.choice(["a_kasse", "y_1553x", "y_1454"]))
        if draw.random() < 0.4:
            draw.shuffle(head)
        lines = []
        for cpr, row in register.here.items():
            cells = {name: time[cpr].weeks.get(monday, "") for name, monday in weeks.items()}
            for name, month in months.items():
                cells[name] = time[cpr].months.get(month, ("", ""))[name.startswith("grad")]
            cells |= dict.fromkeys(years, "17")
            cells |= {name: "x" for name in head if name not in row | cells}
            lines.append(Line(row | {"pnr": self._number(row["pnr"])} | cells))
        draw.shuffle(lines)
        delivery = Delivery("dream", covers, "", {"": head}, {"": lines})
        self._plant(delivery, "", faults, ["pnr"])
        end = draw.choice(["\n", "\r\n"])
        text = end.join([";".join(head), *(";".join(_fields(line, head)) for line in lines)])
        plain = (text + draw.choice([end, "" if lines else end])).encode("ascii")
        packing = draw.choice(["", ".gz", ".zst"])
        delivery.name = f"dream_{covers}.csv{packing}"
        delivery.content = {"": bytes, ".gz": _gzip, ".zst": zstd.compress}[packing](plain)
        return delivery

    def _series(self, covers: str, register: Dream) -> tuple[dict[str, date], dict[str, date], list[str]]:
        """The week, month and year columns of a delivery, with what each stands for."""
        draw = self.draw
        year, month = int(covers[:4]), int(covers[5:])
        last = date(year, month, monthrange(year, month)[1])
        mondays = [monday for monday in register.mondays[draw.choice([0, 0, 3, 6]) :] if monday <= last]
        # ISO years and weeks, as %G and %V.
        weeks = {f"y_{f'{monday:%G}'[2:]}{monday:%V}": monday for monday in mondays}
        named: dict[str, date] = {}
        for group in draw.choice([["branche", "grad"], ["branche"], ["grad"], [], ["branche", "grad"]]):
            covered = [first for first in register.months[draw.choice([0, 0, 2]) :] if first <= last]
            if len(covered) > 2 and draw.random() < 0.15:
                # Gaps are forbidden among weeks, not among months.
                del covered[1]
            named |= {f"{group}_{first:%Y_%m}": first for first in covered}
        return weeks, named, draw.choice([[], ["ak15", "ak16"]])

    def _number(self, cpr: str) -> str:
        return self.draw.choice([cpr, cpr, cpr, f"{cpr[:6]}-{cpr[6:]}", f" {cpr} "])

    def _zip(
        self, source: str, covers: str, columns: dict[str, list[str]], rows: dict[str, list[Row]], encoding: str,
        faults: int = 0,
    ) -> Delivery:  # fmt: skip
        draw = self.draw
        lines = {member: [Line(dict(row)) for row in rows.get(member, [])] for member in columns}
        heads = {member: self._head(names) for member, names in columns.items()}
        delivery = Delivery(source, covers, f"{source}_{covers}.zip", heads, lines)
        for _ in range(faults):
            member = draw.choice(["borger.csv", "mentorforloeb.csv", "mentorforloeb.csv", "leverandoer.csv"])
            self._plant(delivery, member, 1, columns[member][:1])
        members = list(columns)
        draw.shuffle(members)
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            for member in members:
                archive.writestr(zipfile.ZipInfo(member), _written(lines[member], heads[member]).encode(encoding))
        delivery.content = packed.getvalue()
        return delivery

    def _head(self, names: list[str]) -> list[str]:
        head = [*names, "bemaerkning"] if self.draw.random() < 0.05 else list(names)
        if self.draw.random() < 0.3:
            self.draw.shuffle(head)
        return head

    def _plant(self, delivery: Delivery, member: str, faults: int, key: list[str]) -> None:
        """Spoil a cell, write a row with too few or too many fields, or write a key a second time."""
        draw, lines, head = self.draw, delivery.lines[member], delivery.columns[member]
        for _ in range(faults if lines else 0):
            way, line = draw.choice(["spoil", "spoil", "form", "again"]), draw.choice(lines)
            if way == "spoil":
                name = draw.choice(head)
                begins = [begin for begin in BAD_CELLS if name.startswith(begin)]
                line.values[name] = draw.choice(BAD_CELLS[begins[-1]]) if begins else line.values.get(name, "")
            elif way == "form":
                line.form = draw.choice(["few", "many"])
            else:
                again = dict(draw.choice(lines).values) | {name: line.values[name] for name in key}
                lines.insert(draw.randrange(len(lines) + 1), Line(again))


def _gzip(plain: bytes) -> bytes:
    return gzip.compress(plain, mtime=0)


def _fields(line: Line, head: list[str]) -> list[str]:
    fields = [line.values.get(name, "x") for name in head]
    return {"plain": fields, "few": fields[:-1], "many": [*fields, ""]}[line.form]


def _written(lines: list[Line], head: list[str]) -> str:
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=";", lineterminator="\n")
    writer.writerow(head)
    writer.writerows(_fields(line, head) for line in lines)
    return out.getvalue()
