"""Which rows of a delivery belong to erased persons: theirs by number, and whatever refers to them, to any depth.

A row belongs with its number (in the field of the CPR number, or anywhere in a row that cannot be taken apart), with a
reference to a key that such a row was the first to have, or with that key itself: whoever else has it would have been
set aside for having it twice. Members are read one after the other, only those that can hold such a row, and what is
held in memory is the lines and keys that were found.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from mentor_dw.identity.cpr import Cpr, parse_cpr
from mentor_dw.landing.tombstones import Tombstones
from mentor_dw.reading.archive import OpenDelivery, is_withheld
from mentor_dw.reading.records import Record

#: Member to the physical lines on which rows begin that are withheld.
Lines = dict[str, set[int]]


def withheld_lines(opened: OpenDelivery, tombstones: Tombstones) -> Lines:
    """The lines of `opened` that are withheld for erased persons, members without such lines left out.

    Lines that a kept file has in place of rows taken out earlier are among them. Raises DeliveryRefused as reading
    does.
    """
    found: Lines = {}
    if not tombstones:
        return found
    gone: dict[str, set[str]] = {}
    for name in opened.feed.members_in_order():
        member = _Member(opened, name, tombstones, gone)
        lines, gone[name] = member.search()
        if lines:
            found[name] = lines
    return found


@dataclass(frozen=True)
class _Member:
    opened: OpenDelivery
    name: str
    tombstones: Tombstones
    #: member to the keys whose first row is withheld
    gone: dict[str, set[str]]

    def search(self) -> tuple[set[int], set[str]]:
        """The withheld lines, and the keys of this member that are gone with them."""
        spec, header = self.opened.feed.members[self.name], self.opened.header(self.name)
        cpr = header.index(spec.cpr_field.name) if spec.cpr_field else None
        references, own = [], None
        for field in spec.fields:
            # A reference by number is the row's own number too.
            if field.references is None or field.type == "cpr":
                continue
            if field.references.member == self.name:
                own = header.index(field.name)
            elif self.gone[field.references.member]:
                references.append((header.index(field.name), self.gone[field.references.member]))
        key = header.index(spec.key[0]) if self._is_referred_to() else None
        lines, keys = set[int](), set[str]()
        for record in self._records():
            fields = record.fields
            if fields is None:
                continue
            if len(fields) != len(header):
                if is_withheld(fields) or any(self.tombstones.stand_in(value) for value in fields):
                    lines.add(record.line_number)
            elif (cpr is not None and self._is_erased(fields[cpr])) or any(
                fields[place] in targets for place, targets in references
            ):
                lines.add(record.line_number)
                if key is not None and fields[key]:
                    keys.add(fields[key])
        return (lines, set()) if key is None or not keys else self._with_their_keys(lines, keys, key, own)

    def _with_their_keys(self, lines: set[int], keys: set[str], key: int, own: int | None) -> tuple[set[int], set[str]]:
        """Add who shares a key with a withheld row that had it first, and who refers to such a key by `own`."""
        width, gone = len(self.opened.header(self.name)), set[str]()
        while True:
            sharing: dict[str, list[int]] = {}
            for record in self._records():
                if record.fields is not None and len(record.fields) == width and record.fields[key] in keys:
                    sharing.setdefault(record.fields[key], []).append(record.line_number)
            now_gone = {one for one, places in sharing.items() if places[0] in lines}
            lines = lines.union(*(sharing[one] for one in now_gone))
            if own is None or now_gone == gone:
                return lines, now_gone
            gone = now_gone
            for record in self._records():
                fields = record.fields
                if fields is not None and len(fields) == width and fields[own] in gone:
                    lines.add(record.line_number)
                    keys.add(fields[key])

    def _records(self) -> Iterator[Record]:
        records = self.opened.records(self.name)
        next(records)
        return records

    def _is_erased(self, value: str) -> bool:
        person = parse_cpr(value)
        if isinstance(person, Cpr):
            return self.tombstones.holds(person.number)
        return bool(self.tombstones.stand_in(value))

    def _is_referred_to(self) -> bool:
        return any(
            field.references is not None and field.references.member == self.name and field.type != "cpr"
            for member in self.opened.feed.members.values()
            for field in member.fields
        )
