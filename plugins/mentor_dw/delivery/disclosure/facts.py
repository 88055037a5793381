"""What a reader of this delivery and of those before it knows: numbers, some of them hidden, and the sums between them.

A number is one and the same unknown wherever its key and its value are the same, now or earlier: whoever guesses that
nothing changed is right then, and what one delivery told of it opens the other.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum

from mentor_dw.delivery.disclosure.cells import Cell, CellKey, Relation, Rule, Told, Why
from mentor_dw.delivery.disclosure.earlier import Numbers, relations_then, upper_bounds
from mentor_dw.delivery.disclosure.keys import columns_of, in_words, measure_of
from mentor_dw.delivery.disclosure.primary import Reasons
from mentor_dw.delivery.disclosure.rounding import rounded, stands_for
from mentor_dw.errors import MentorDwError

Number = int | Decimal


class Standing(Enum):
    """What can become of an unknown: `TOLD` unless it has to be hidden; `KNOWN` and `HIDDEN` stay what they are."""

    TOLD = 1
    KNOWN = 2
    HIDDEN = 3


@dataclass
class Unknown:
    """A number as the solver sees it. `seen`: what the reader knows of it while it is told; `floor`: in any case.

    `key` None: a remainder that no table names, such as the rest of a group.
    """

    key: CellKey | None
    value: float
    floor: float
    standing: Standing
    seen: tuple[float, float]
    amount: bool = False
    then: Why | None = None

    @property
    def exact(self) -> bool:
        """Whether the reader knows the number itself, whatever is hidden now."""
        return self.standing is Standing.KNOWN and self.seen[0] == self.seen[1]


@dataclass
class Facts:
    """Unknowns by number; `now` names those of this delivery, `rests` the rest of a group by the number that is it.

    `relations`: total, parts. `at_most`: the first is never above the second (persons and their rows). `then`: the
    unknowns of earlier deliveries; `told_then`: those of them that were told.
    """

    unknowns: list[Unknown] = field(default_factory=list)
    now: dict[CellKey, int] = field(default_factory=dict)
    rests: dict[int, int] = field(default_factory=dict)
    relations: list[tuple[int, tuple[int, ...]]] = field(default_factory=list)
    at_most: list[tuple[int, int]] = field(default_factory=list)
    then: set[int] = field(default_factory=set)
    told_then: set[int] = field(default_factory=set)

    def add(self, unknown: Unknown) -> int:
        """Take in an unknown; return its number."""
        self.unknowns.append(unknown)
        return len(self.unknowns) - 1


def gather(
    cells: Mapping[CellKey, Cell],
    relations: Sequence[Relation],
    rule: Rule,
    before: Sequence[Told],
    why: Reasons,
) -> Facts:
    """Everything the reader knows once `cells` are told or hidden (cells without shares and means).

    Raises MentorDwError when a relation of the delivery does not add up.
    """
    told = _by_extract(before, cells, relations)
    latest: dict[CellKey, Number] = {}
    for extract_id in sorted(told):
        latest |= {key: one.value for key, one in told[extract_id].items()}
    now = {key: cell.value for key, cell in cells.items()}
    facts, places = Facts(), {}
    negative = {measure_of(key) for key, value in [*latest.items(), *now.items()] if value < 0}
    sensitive = {columns_of(key) for key, cell in cells.items() if cell.group_of is not None}
    for key, value in sorted({*now.items(), *((k, t.value) for ones in told.values() for k, t in ones.items())}):
        earlier = [one for ones in told.values() if (one := ones.get(key)) is not None and one.value == value]
        cell = cells.get(key) if now.get(key) == value else None
        amount = cell.kind == "amount" if cell else (measure_of(key) or "").startswith("amount")
        if amount:
            floor = float("-inf") if measure_of(key) in negative else 0.0
        else:
            floor = 0.0 if columns_of(key) in sensitive or value == 0 else 1.0
        standing, seen = _standing(cell, value, amount, earlier, rule, why)
        unknown = Unknown(key, float(value), floor, standing, seen, amount)
        unknown.then = next((one.why for one in earlier if one.shown is None and one.why is not None), None)
        places[key, value] = facts.add(unknown)
        if cell is not None:
            facts.now[key] = places[key, value]
        if earlier:
            facts.then.add(places[key, value])
            if standing is Standing.KNOWN:
                facts.told_then.add(places[key, value])
    _relate(facts, places, relations, now, latest)
    for ones in told.values():
        numbers = {key: one.value for key, one in ones.items()}
        for total, parts in relations_then(relations, numbers):
            found = (places[total, numbers[total]], tuple(sorted(places[part, numbers[part]] for part in parts)))
            facts.relations.append(found)
        facts.at_most += [(places[a, numbers[a]], places[b, numbers[b]]) for a, b in upper_bounds(numbers)]
    facts.at_most += [(places[a, now[a]], places[b, now[b]]) for a, b in upper_bounds(now)]
    _add_rests(facts, cells, why.groups)
    facts.relations = sorted(set(facts.relations))
    facts.at_most = sorted(set(facts.at_most))
    return facts


def _by_extract(
    before: Sequence[Told], cells: Mapping[CellKey, Cell], relations: Sequence[Relation]
) -> dict[int, dict[CellKey, Told]]:
    """What was told, by delivery; only of deliveries that share a number with this one."""
    asked = {*cells, *(key for one in relations for key in (one.total, *one.parts))}
    told: dict[int, dict[CellKey, Told]] = defaultdict(dict)
    for one in before:
        told[one.extract_id][one.key] = one
    return {
        extract_id: {key: ones[key] for key in ones if _adds_up(key)}
        for extract_id, ones in sorted(told.items())
        if not asked.isdisjoint(ones)
    }


def _adds_up(key: CellKey) -> bool:
    """Whether a number may stand in a sum; shares and means do not."""
    measure = measure_of(key)
    return measure is None or measure in ("rows", "persons") or measure.startswith("amount")


def _standing(
    cell: Cell | None, value: Number, amount: bool, earlier: list[Told], rule: Rule, why: Reasons
) -> tuple[Standing, tuple[float, float]]:
    exactly = (float(value), float(value))
    shown = [one.shown for one in earlier if one.shown is not None]
    if shown:
        if amount or (rule.method == "suppress" and value in shown):
            return Standing.KNOWN, exactly
        low, high = stands_for(int(shown[0]), rule.base)
        # Rounded by another base then: no run of this base holds the number, so nothing is taken for granted.
        return (Standing.KNOWN, (low, high)) if low <= value <= high else (Standing.KNOWN, exactly)
    if earlier:
        return Standing.HIDDEN, exactly
    assert cell is not None
    reason = why.why.get(cell.key)
    rounds = rule.method == "round" and not amount
    if reason is not None and not (rounds and reason is Why.SMALL and cell.key not in why.groups):
        return Standing.HIDDEN, exactly
    if value == 0 and cell.group_of is None and not (amount and cell.persons):
        return Standing.KNOWN, exactly
    if rounds:
        low, high = stands_for(rounded(int(value), rule.base), rule.base)
        return Standing.TOLD, (low, high)
    return Standing.TOLD, exactly


def _relate(
    facts: Facts,
    places: Mapping[tuple[CellKey, Number], int],
    relations: Iterable[Relation],
    now: Numbers,
    latest: Numbers,
) -> None:
    """The sums of the delivery, and those that lead into earlier ones, where these still add up."""
    for relation in relations:
        keys = (relation.total, *relation.parts)
        numbers = {key: now[key] if key in now else latest[key] for key in keys if key in now or key in latest}
        if relation.total not in numbers:
            continue
        parts = [key for key in relation.parts if key in numbers]
        rest = numbers[relation.total] - sum(numbers[key] for key in parts)
        missing = len(parts) < len(relation.parts)
        found = [places[key, numbers[key]] for key in parts]
        if abs(rest) > Decimal("1e-6"):
            if all(key in now for key in keys):
                raise MentorDwError(f"The parts do not add up to their total: {in_words([relation.total])}.")
            if not missing or rest < 0:
                continue  # Corrected since: the sum holds between no two of the numbers that were told.
        if missing:
            found.append(facts.add(Unknown(None, float(rest), 0.0, Standing.HIDDEN, (0.0, 0.0))))
        facts.relations.append((places[relation.total, numbers[relation.total]], tuple(sorted(found))))


def _add_rests(facts: Facts, cells: Mapping[CellKey, Cell], groups: Iterable[CellKey]) -> None:
    """For whoever stands for a whole group: how many of the group do not, none, which must not be seen (V11)."""
    for key in sorted(groups):
        part, group = facts.now[key], facts.now[cells[key].group_of]
        rest = facts.unknowns[group].value - facts.unknowns[part].value
        amount = facts.unknowns[part].amount
        facts.rests[part] = facts.add(Unknown(None, rest, 0.0, Standing.HIDDEN, (0.0, 0.0), amount))
        facts.relations.append((group, tuple(sorted((part, facts.rests[part])))))
