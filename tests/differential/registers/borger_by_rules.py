"""The versions of every citizen, day by day in plain Python, as rules.md R24 says.

Each source tells of a person by the deliveries that count, dated by the day they cover: what it told first holds from
1900-01-01, what it told last holds on. Where the sources differ one wins; what is uoplyst loses against what is known.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from ledger_by_rules import Entry, Ledger
from rows_by_rules import biflis_day, clean

BEGINNING = date(1900, 1, 1)
SOURCES = ["biflis", "dream", "webreg"]
#: Which source wins, attribute by attribute.
WINNERS = {
    "koen": SOURCES,
    "born": SOURCES,
    "herkomst": ["biflis", "dream"],
    "kommune": ["biflis", "dream"],
    "civilstand": ["dream"],
    "uddannelse": ["webreg"],
}
Told = dict[str, str | date]


@dataclass(frozen=True)
class Version:
    """What held from `start` until before `end` (None: still holds). `values`: attribute and value, sorted."""

    start: date
    end: date | None
    values: tuple[tuple[str, object], ...]


def told_by(entry: Entry) -> dict[str, Told]:
    """What a delivery tells of each person; what is empty is left out."""
    rows: dict[str, Told] = {}
    if entry.delivery.source == "biflis":
        for row in entry.rows["borger.csv"]:
            born = biflis_day(row["foedselsdato"])
            told = {"koen": row["koen"], "born": born, "herkomst": row["herkomst"], "kommune": row["bopaelskommune"]}
            rows[clean(row["cpr"])] = told
    elif entry.delivery.source == "dream":
        for row in entry.rows[""]:
            told = {name: row[name] for name in ("koen", "herkomst", "civilstand")}
            born = date.fromisoformat(row["foedselsdato"])
            rows[clean(row["pnr"])] = told | {"kommune": row["kommunekode"], "born": born}
    else:
        # Of several numbers of one person the lowest decides (as R24).
        for row in sorted(entry.rows["borgere.csv"], key=lambda row: int(row["borger_id"]), reverse=True):
            person = clean(row["cpr"])
            rows[person] = {"koen": row["koen"], "uddannelse": row["uddannelse"], "born": spelled(person)}
    return {person: {name: value for name, value in told.items() if value} for person, told in rows.items()}


def spelled(cpr: str) -> date:
    """The birth date that a replacement number of these people spells (all born in the 1900s)."""
    return date(1900 + int(cpr[4:6]), int(cpr[2:4]), int(cpr[:2]) - 60)


class Citizens:
    """All versions of everybody, as known at `moment`, told at `asked` or later.

    What is kept of DREAM's people may have become more between the two.
    """

    def __init__(self, ledger: Ledger, moment: int, asked: int) -> None:
        known = ledger.known(moment)
        #: by source: the covered days in order, each with what was told of whom
        self._told: dict[str, list[tuple[date, dict[str, Told]]]] = {}
        for source in SOURCES:
            self._told[source] = []
            for entry in ledger.counting(source, moment):
                there = ledger.kept(entry, asked) if source == "dream" else known
                told = {cpr: told for cpr, told in told_by(entry).items() if cpr in there & known}
                self._told[source].append((entry.day, told))
        self.versions = {cpr: self._versions(cpr) for cpr in sorted(known)}

    def _of_source(self, source: str, cpr: str, day: date) -> tuple[Told, bool] | None:
        """What the source tells of her on a day and whether she is in it then; None when it never knew her."""
        days = [(covered, told[cpr]) for covered, told in self._told[source] if cpr in told]
        if not days:
            return None
        told = next((told for covered, told in reversed(days) if covered <= day), days[0][1])
        deliveries = [told for covered, told in self._told[source] if covered <= day]
        return told, day < days[0][0] or cpr in deliveries[-1]

    def _on(self, cpr: str, day: date) -> tuple[tuple[str, object], ...] | None:
        """Her values on a day; None when no source has her."""
        told = {source: self._of_source(source, cpr, day) for source in SOURCES}
        here = [source for source in SOURCES if told[source] and told[source][1]]
        if not here:
            return None
        values: dict[str, object] = {"kilder": ",".join(here)}
        for name, sources in WINNERS.items():
            known = [told[source][0].get(name) for source in sources if told[source]]
            values[name] = next((value for value in known if value), "uoplyst")
        return tuple(sorted(values.items()))

    def _versions(self, cpr: str) -> list[Version]:
        days = [BEGINNING, *sorted({day for told in self._told.values() for day, _ in told})]
        found: list[Version] = []
        for day, after in zip(days, [*days[1:], None], strict=True):
            values = self._on(cpr, day)
            if values is None:
                continue
            if found and found[-1].end == day and found[-1].values == values:
                found[-1] = Version(found[-1].start, after, values)
            else:
                found.append(Version(day, after, values))
        return found

    def at(self, cpr: str, day: date) -> Version:
        """Her version on a day; in a gap the one before it, before the first one that."""
        return next((one for one in reversed(self.versions[cpr]) if one.start <= day), self.versions[cpr][0])

    def place(self, cpr: str, day: date) -> str:
        """Her municipality on a day."""
        return str(dict(self.at(cpr, day).values)["kommune"])
