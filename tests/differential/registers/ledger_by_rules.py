"""What becomes of each delivery of a history, and which ones count at any moment of it, as source-files.md says."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from histories import Step
from register_files import Delivery
from rows_by_rules import Place, clean, set_aside, staying

Rows = dict[str, list[dict[str, str]]]


@dataclass
class Entry:
    """A delivery in the ledger. Moments are numbers of steps."""

    delivery: Delivery
    status: str
    version: int = 0
    aside: set[Place] = field(default_factory=set)
    rows: Rows = field(default_factory=dict, repr=False)
    accepted_at: int | None = None
    withdrawn_at: int | None = None

    @property
    def day(self) -> date:
        """The day it covers; of a month the last one."""
        parts = [int(part) for part in self.delivery.covers.split("-")]
        return date(*parts) if len(parts) == 3 else date(*parts, monthrange(*parts)[1])

    @property
    def read(self) -> int:
        """Rows of all members."""
        return sum(map(len, self.delivery.lines.values()))

    def counts(self, moment: int) -> bool:
        """Whether it was accepted by then and not yet withdrawn."""
        if self.accepted_at is None or self.accepted_at > moment:
            return False
        return self.withdrawn_at is None or self.withdrawn_at > moment

    def people(self) -> set[str]:
        """The CPR numbers of its rows that stay."""
        member = {"webreg": "borgere.csv", "biflis": "borger.csv", "dream": ""}[self.delivery.source]
        name = "pnr" if self.delivery.source == "dream" else "cpr"
        return {clean(row[name]) or "" for row in self.rows.get(member, [])}


class Ledger:
    """The whole history, judged. `built`: the steps after which the house was built."""

    def __init__(self, steps: list[Step], built: Iterable[int] = ()) -> None:
        self._built = set(built)
        self.entries: dict[int, Entry] = {}
        self.last = len(steps) - 1
        for moment, step in enumerate(steps):
            if step.sent:
                self.entries[moment] = self._judge(step.sent, moment)
            else:
                gone = self.entries[step.withdrawn]
                if gone.accepted_at is not None and gone.withdrawn_at is None:
                    gone.withdrawn_at = moment

    def people(self) -> set[str]:
        """Everybody in any delivery."""
        return set().union(*(entry.people() for entry in self.entries.values()))

    def _judge(self, sent: Delivery, moment: int) -> Entry:
        same = [
            entry
            for entry in self.entries.values()
            if (entry.delivery.source, entry.delivery.content) == (sent.source, sent.content)
        ]
        if any(entry.counts(moment) for entry in same):
            return Entry(sent, "duplicate")
        if any(entry.withdrawn_at is not None for entry in same):
            return Entry(sent, "refused")
        versions = [
            entry.version
            for entry in self.entries.values()
            if (entry.delivery.source, entry.delivery.covers) == (sent.source, sent.covers)
        ]
        aside = set_aside(sent)
        return Entry(sent, "accepted", max(versions, default=0) + 1, aside, staying(sent, aside), moment)

    def counting(self, source: str, moment: int) -> list[Entry]:
        """The deliveries of a source that count, one per covered day or month (its newest version), in that order."""
        newest: dict[date, Entry] = {}
        for entry in sorted(self.entries.values(), key=lambda entry: entry.version):
            if entry.delivery.source == source and entry.counts(moment):
                newest[entry.day] = entry
        return [newest[day] for day in sorted(newest)]

    def effective(self, source: str, moment: int) -> Entry | None:
        """The one that counts for what is said today: the latest covered day."""
        return next(reversed(self.counting(source, moment)), None)

    def known(self, moment: int) -> set[str]:
        """The people whom a mentor source knows: in any delivery of webreg or BIFLIS that counts."""
        entries = [*self.counting("webreg", moment), *self.counting("biflis", moment)]
        return set().union(*(entry.people() for entry in entries))

    def within_purpose(self, moment: int) -> set[str]:
        """The people who may be looked up in DREAM: those of overtaken versions too."""
        entries = [entry for entry in self.entries.values() if entry.counts(moment)]
        return set().union(*(entry.people() for entry in entries if entry.delivery.source != "dream"))

    def kept(self, entry: Entry, moment: int) -> set[str]:
        """The people of a DREAM delivery whose rows are kept at `moment`.

        Those within the purpose when it was accepted, and those who came within it while it was the effective one and
        its file was kept: they are looked for when the house is built and before the next delivery is taken.
        """
        looked = [number for number in self._built if number <= moment]
        looked += [
            number - 1
            for number, other in self.entries.items()
            if other.delivery.source == "dream" and other.accepted_at is not None and 0 < number <= moment
        ]
        found = entry.people() & self.within_purpose(entry.accepted_at or 0)
        for number in looked:
            if self.effective("dream", number) is entry:
                found |= entry.people() & self.within_purpose(number)
        return found

    def withheld(self, entry: Entry) -> int:
        """Rows of a DREAM delivery that are withheld when it is accepted."""
        return len(entry.people() - self.within_purpose(entry.accepted_at or 0))
