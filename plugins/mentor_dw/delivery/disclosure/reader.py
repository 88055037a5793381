"""What a reader of the facts cannot rule out; what the earlier deliveries alone, and the zeros alone, give away."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from mentor_dw.delivery.disclosure.attack import bounds
from mentor_dw.delivery.disclosure.cells import Relation
from mentor_dw.delivery.disclosure.facts import Facts, Standing, Unknown
from mentor_dw.delivery.disclosure.hiding import Pattern
from mentor_dw.delivery.disclosure.solver import CLOSE, INFINITY

Limits = dict[int, tuple[float, float]]


def cannot_be_ruled_out(facts: Facts, hidden: Collection[int], patterns: Iterable[Pattern]) -> Limits:
    """For all that is not told exactly, a range of values that the reader cannot rule out.

    Each pattern, added to the true numbers, is another set of numbers that agrees with everything that was told: this
    is checked here, number by number and sum by sum, so that what follows needs no trust in a solver. A pattern that
    does not agree proves nothing and is left out.
    """
    unknowns = facts.unknowns
    found = {
        number: (one.value, one.value)
        for number, one in enumerate(unknowns)
        if number in hidden or one.seen[0] < one.seen[1]
    }
    sums: dict[int, list[int]] = {}
    for place, (total, parts) in enumerate(facts.relations):
        for one in (total, *parts):
            sums.setdefault(one, []).append(place)
    pairs: dict[int, list[tuple[int, int]]] = {}
    for pair in facts.at_most:
        for one in pair:
            pairs.setdefault(one, []).append(pair)
    for pattern in patterns:
        moves = pattern.moves
        near = CLOSE * max([1.0, *(abs(unknowns[one].value) for one in moves)])
        agrees = all(_possible(unknowns[one], one in hidden, step, near) for one, step in moves.items())
        for place in {place for one in moves for place in sums.get(one, ())}:
            total, parts = facts.relations[place]
            agrees &= abs(moves.get(total, 0.0) - sum(moves.get(part, 0.0) for part in parts)) <= near * len(parts)
        for lesser, greater in {pair for one in moves for pair in pairs.get(one, ())}:
            room = unknowns[greater].value - unknowns[lesser].value
            agrees &= moves.get(lesser, 0.0) - moves.get(greater, 0.0) <= room + near
        if agrees:
            for one, step in moves.items():
                low, high = found[one]
                found[one] = (min(low, unknowns[one].value + step), max(high, unknowns[one].value + step))
    return found


def _possible(one: Unknown, hidden: bool, step: float, near: float) -> bool:
    """Whether a number that is so much larger would look the same to the reader."""
    low, high = (one.floor, INFINITY) if hidden else one.seen
    return low - near <= one.value + step <= high + near


def known_already(facts: Facts) -> Limits:
    """The bounds that follow before anything of this delivery is told: from the earlier ones, and from how its numbers
    hang together with theirs."""
    hidden = {number for number, one in enumerate(facts.unknowns) if number not in facts.told_then}
    anything = {number: min(0.0, facts.unknowns[number].floor) for number in hidden - facts.then}
    return _bounds(facts, hidden, facts.relations, facts.at_most, floors=anything)


def with_all_hidden(facts: Facts) -> Limits:
    """The bounds that follow when all of this delivery is hidden that can be: its zeros are told."""
    hidden = {number for number, one in enumerate(facts.unknowns) if one.standing is not Standing.KNOWN}
    return _bounds(facts, hidden, facts.relations, facts.at_most)


def fewest(facts: Facts, wanted: Collection[int]) -> dict[int, float]:
    """The smallest value that each of `wanted` can have for whoever knows nothing but where zeros are told.

    A total is at least as many as the places in which there is somebody: nothing that is hidden can undo that as long
    as zeros are told.
    """
    zeros = {number for number, one in enumerate(facts.unknowns) if one.exact and one.value == 0}
    hidden = set(range(len(facts.unknowns))) - zeros
    found = _bounds(facts, hidden, facts.relations, facts.at_most, lowest_of=wanted)
    return {number: found[number][0] for number in wanted}


def _bounds(
    facts: Facts,
    hidden: Collection[int],
    relations: Iterable[tuple[int, tuple[int, ...]]],
    at_most: Iterable[tuple[int, int]],
    *,
    floors: Mapping[int, float] | None = None,
    lowest_of: Collection[int] | None = None,
) -> Limits:
    unknowns = dict(enumerate(facts.unknowns))
    names = {number: f"{number:09d}" for number in unknowns}
    found = bounds(
        {names[number]: None if number in hidden else one.value for number, one in unknowns.items()},
        {names[number]: "amount" if one.amount else "count" for number, one in unknowns.items()},
        [Relation(names[total], tuple(names[part] for part in parts)) for total, parts in relations],
        floors={names[number]: (floors or {}).get(number, one.floor) for number, one in unknowns.items()},
        ranges={
            names[number]: one.seen
            for number, one in unknowns.items()
            if number not in hidden and one.seen[0] < one.seen[1]
        },
        at_most=[(names[lesser], names[greater]) for lesser, greater in at_most],
        lowest_of=None if lowest_of is None else {names[number] for number in lowest_of},
    )
    return {int(name): limits for name, limits in found.items()}
