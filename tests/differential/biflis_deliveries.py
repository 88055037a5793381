"""Random BIFLIS deliveries with faults of every kind, written from the contract with the source alone."""

from __future__ import annotations

import csv
import random
import re
from collections.abc import Iterator
from datetime import date, timedelta

from door_by_rules import Line
from population import cpr

#: What each field must be. A star: may be empty. A name after @: the member whose key it refers to.
FIELDS: dict[str, dict[str, str]] = {
    "borger.csv": {
        "cpr": "cpr",
        "koen": "code:M,K",
        "foedselsdato": "date",
        "herkomst": "code*:dansk,vestlig,ikke-vestlig",
        "bopaelskommune": "digits3",
    },
    "kontaktforloeb.csv": {
        "kontaktforloeb_id": "id",
        "cpr": "cpr@borger.csv",
        "ydelse": "code:kontanthjaelp,dagpenge,andet",
        "start_dato": "date",
        "slut_dato": "date*>start_dato",
    },
    "visitation.csv": {
        "cpr": "cpr@borger.csv",
        "visitationskategori": "code:jobparat,aktivitetsparat",
        "fra_dato": "date",
        "til_dato": "date*>fra_dato",
    },
    "tilbud.csv": {
        "tilbud_id": "id",
        "cpr": "cpr@borger.csv",
        "tilbudstype": "code:virksomhedspraktik,nytteindsats",
        "start_dato": "date",
        "planlagt_slut": "date>start_dato",
        "slut_dato": "date*>start_dato",
        "sted": "text*",
    },
    "leverandoer.csv": {"leverandoer_id": "id", "navn": "text", "type": "code:ekstern,jobcenter"},
    "mentorforloeb.csv": {
        "mentorforloeb_id": "id",
        "cpr": "cpr@borger.csv",
        "mentortype": "code:helhedsorienteret,fastholdelse,udskrivning,udslusning",
        "haendelse": "code:ny,forlaenget,genoptaget,mentorskift",
        "forrige_id": "id*@mentorforloeb.csv",
        "start_dato": "date",
        "planlagt_slut": "date>start_dato",
        "slut_dato": "date*>start_dato",
        "afslutning": "code*:job,uddannelse,andet",
        "minutter_pr_uge": "number:0-10080",
        "leverandoer_id": "id@leverandoer.csv",
        "maalgruppe": "code*:0,1,2,3,4,5,6,7,8,9,10,11,12,13,14",
    },
    "mentoraftale.csv": {
        "mentorforloeb_id": "id@mentorforloeb.csv",
        "indgaaet_dato": "date",
        "formaal": "filled*",
        "mentor_kontakt": "filled*",
        "opgaver": "filled*",
        "varighed_uger": "number*:0-1000",
        "timetal": "decimal*:0-100000",
        "klagevejledning": "code*:ja,nej",
    },
    "mentorkontakt.csv": {
        "kontakt_id": "id",
        "mentorforloeb_id": "id@mentorforloeb.csv",
        "dato": "date",
        "minutter": "number:0-1440",
    },
    "budget.csv": {
        "aar": "number:1990-2100",
        "ordning": "code:helhedsorienteret,fastholdelse,udskrivning,udslusning",
        "beloeb_mio": "decimal",
        "heraf_implementering_mio": "decimal",
    },
    "omkostning.csv": {
        "bilag_id": "id",
        "mentorforloeb_id": "id@mentorforloeb.csv",
        "periode": "month",
        "konto": "account",
        "beloeb_kr": "decimal",
    },
    "serviceniveau.csv": {
        "kommunekode": "digits3",
        "mentortype": "code:helhedsorienteret,fastholdelse",
        "minutter_pr_uge": "number:0-10080",
        "gyldig_fra": "date",
        "gyldig_til": "date*>gyldig_fra",
    },
    "referencegruppe.csv": {
        "gruppe": "text",
        "fordeling": "code:alder,herkomst,maalgruppe",
        "kategori": "text",
        "andel_pct": "decimal:0-100",
        "dato": "date",
    },
}
KEYS = {
    "visitation.csv": ["cpr", "fra_dato"],
    "budget.csv": ["aar", "ordning"],
    "serviceniveau.csv": ["kommunekode", "mentortype", "gyldig_fra"],
    "referencegruppe.csv": ["gruppe", "fordeling", "kategori", "dato"],
}
#: So many rows of each, or fewer where keys meet.
ROWS = dict.fromkeys(FIELDS, 30) | {"mentorforloeb.csv": 80, "leverandoer.csv": 12}
BAD = {
    "id": ["12a", "-5", " 7", "x"],
    "date": ["30-02-2014", "2014-06-30", "1-6-2014", "01-13-2014", "01-01-0000", "nej"],
    "month": ["2014-13", "2014-1", "201401", "01-2014", "0000-01"],
    "number": ["-1", "99999", "5,5", "fem", " 5", "1e2"],
    "decimal": ["1.5", "1.234,50", "1e3", ",5", "5,", "+5", "1,1234567", "1 000", "-0,1", "100000,000001", "tolv"],
    "code": ["X", "15", "Ny", "M ", "ja "],
    "digits3": ["85", "0851", "8a1"],
    "account": ["5-68", "5", "5.68.", "konto"],
    "cpr": ["", "   ", "0000000000", "000000-0000", "A", "12345678", "61-03-801234", "610380123a"],
}


def key_of(member: str) -> list[str]:
    """The key's fields."""
    return KEYS.get(member, list(FIELDS[member])[:1])


def shape_of(kind: str) -> str:
    """`date` of `date*>start_dato`."""
    return re.match("[a-z]+3?", kind)[0]


def person(value: str) -> str | None:
    """The ten digits of a CPR number, however written; None when it is none, or 0000000000."""
    plain = re.sub(r"^(.*)-(....)$", r"\1\2", "".join(value.split()))
    found = plain.zfill(10) if re.fullmatch("[0-9]{9,10}", plain) else None
    return None if found == "0" * 10 else found


def day_of(value: str) -> date | None:
    """The day of a Danish date; None when it is none."""
    match = re.fullmatch("([0-9]{2})-([0-9]{2})-([0-9]{4})", value)
    try:
        return date(int(match[3]), int(match[2]), int(match[1])) if match else None
    except ValueError:
        return None


class Maker:
    """One random delivery: `members`, faults planted."""

    def __init__(self, seed: int, faults: int) -> None:
        self.draw = random.Random(seed)
        self.people = [cpr(number) for number in self.draw.sample(range(4000), ROWS["borger.csv"])]
        self.members = {name: list(self._rows(name)) for name in FIELDS}
        for _ in range(faults):
            member = self.draw.choice(list(FIELDS))
            self.draw.choice([self._spoil] * 4 + [self._repeat, self._unsplit, self._dangle, self._turn])(member)

    def _rows(self, member: str) -> Iterator[Line]:
        seen = set()
        for number in range(ROWS[member]):
            values = {field: self._value(member, field, kind, number) for field, kind in FIELDS[member].items()}
            for field, kind in FIELDS[member].items():
                before = kind.partition(">")[2]
                if before and values[field] and day_of(values[field]) < day_of(values[before]):
                    values[field] = values[before]
            key = tuple(person(values[field]) if "cpr" in field else values[field] for field in key_of(member))
            if key not in seen:
                seen.add(key)
                yield Line(values)

    def _value(self, member: str, field: str, kind: str, number: int) -> str:
        shape = shape_of(kind)
        if "*" in kind and self.draw.random() < (0.6 if "@" in kind else 0.3):
            return self.draw.choice(["", "", " ", "\t\xa0"]) if shape == "filled" else ""
        if shape == "cpr":
            one = self.people[number] if member == "borger.csv" else self.draw.choice(self.people)
            return self.draw.choice([one, f"{one[:6]}-{one[6:]}", f" {one} "])
        if "@" in kind and field != key_of(member)[0]:
            return str(self.draw.randrange(ROWS[kind.partition("@")[2]]))
        if shape == "id":
            return str(number)
        if shape == "code":
            return self.draw.choice(kind.partition(":")[2].split(","))
        if shape == "date":
            return (date(2013, 12, 1) + timedelta(self.draw.randrange(400))).strftime("%d-%m-%Y")
        return {
            "text": f"Ærø {number}",
            "digits3": f"{number:03}",
            "number": str(self.draw.randint(1990, 2020) if field == "aar" else self.draw.choice([0, 5, 45, 1440])),
            "decimal": self.draw.choice(["0", "1,5", "99,000001", "100", "007,50"]),
            "month": f"2014-{self.draw.randint(1, 12):02}",
            "account": self.draw.choice(["5.68.98.019", "5.68.90.017", "1.2"]),
            "filled": self.draw.choice(["en plan", "nej", "to\nlinjer; og mere", ' "x" ']),
        }[shape]

    def _line(self, member: str) -> Line:
        return self.draw.choice(self.members[member])

    def _spoil(self, member: str) -> None:
        field, kind = self.draw.choice([one for one in FIELDS[member].items() if shape_of(one[1]) != "filled"])
        self._line(member).values[field] = self.draw.choice([*BAD.get(shape_of(kind), []), ""])

    def _repeat(self, member: str) -> None:
        first = self._line(member)
        again = Line(self._line(member).values | {field: first.values[field] for field in key_of(member)})
        self.members[member].insert(self.draw.randint(0, len(self.members[member])), again)

    def _unsplit(self, member: str) -> None:
        self._line(member).form = self.draw.choice(["few", "many", "quoting"])

    def _dangle(self, member: str) -> None:
        fields = [field for field, kind in FIELDS[member].items() if "@" in kind]
        if fields:
            field = self.draw.choice(fields)
            self._line(member).values[field] = cpr(self.draw.randrange(4000)) if field == "cpr" else "700000"

    def _turn(self, member: str) -> None:
        fields = [field for field, kind in FIELDS[member].items() if ">" in kind]
        if fields:
            self._line(member).values[self.draw.choice(fields)] = self.draw.choice(["30-11-2013", "01-12-2013"])

    def write(self) -> dict[str, bytes]:
        """The members as Windows-1252; every line learns its number."""
        return {name: self._written(name).encode("cp1252") for name in self.draw.sample(list(FIELDS), len(FIELDS))}

    def _written(self, member: str) -> str:
        columns = self.draw.sample(list(FIELDS[member]), len(FIELDS[member]))
        end = self.draw.choice(["\n", "\r\n"])
        text, number = _joined(columns, end), 2
        for line in self.members[member]:
            line.number = number
            fields = [line.values[column] for column in columns]
            if line.form != "plain":
                # A broken record ends with its line.
                fields = [field.replace("\n", " ").replace('"', "") for field in fields]
            written = {
                "few": _joined(fields[:-1], end),
                "many": _joined([*fields, ""], end),
                "quoting": '"0"1' + _joined(["", *fields[1:]], end),
            }.get(line.form, _joined(fields, end))
            text += written
            number += written.count("\n")
        return text


def _joined(fields: list[str], end: str) -> str:
    class Text(list):
        write = list.append

    out = Text()
    csv.writer(out, delimiter=";", lineterminator=end).writerow(fields)
    return "".join(out)
