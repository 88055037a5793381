"""What a reader finds out of the facts: of everything, of the earlier deliveries alone, of the zeros alone."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from mentor_dw.delivery.disclosure.attack import bounds
from mentor_dw.delivery.disclosure.cells import Relation
from mentor_dw.delivery.disclosure.facts import Facts, Standing

Limits = dict[int, tuple[float, float]]


def found_out(facts: Facts, hidden: Collection[int]) -> Limits:
    """The bounds of all that is not told exactly, when `hidden` is hidden."""
    return _bounds(facts, range(len(facts.unknowns)), hidden, facts.relations, facts.at_most)


def known_then(facts: Facts) -> Limits:
    """The bounds that the earlier deliveries alone give of what they hid."""
    hidden = {number for number in facts.then if facts.unknowns[number].standing is Standing.HIDDEN}
    return _bounds(facts, sorted(facts.then), hidden, facts.then_relations, facts.then_at_most)


def fewest(facts: Facts, wanted: Collection[int]) -> dict[int, float]:
    """The smallest value that each of `wanted` can have for whoever knows nothing but where zeros are told.

    A total is at least as many as the places in which there is somebody: nothing that is hidden can undo that as long
    as zeros are told.
    """
    zeros = {number for number, one in enumerate(facts.unknowns) if one.exact and one.value == 0}
    hidden = set(range(len(facts.unknowns))) - zeros
    found = _bounds(facts, range(len(facts.unknowns)), hidden, facts.relations, facts.at_most, lowest_of=wanted)
    return {number: found[number][0] for number in wanted}


def _bounds(
    facts: Facts,
    members: Iterable[int],
    hidden: Collection[int],
    relations: Iterable[tuple[int, tuple[int, ...]]],
    at_most: Iterable[tuple[int, int]],
    lowest_of: Collection[int] | None = None,
) -> Limits:
    names = {number: f"{number:09d}" for number in members}
    unknowns = {number: facts.unknowns[number] for number in names}
    found = bounds(
        {names[number]: None if number in hidden else one.value for number, one in unknowns.items()},
        {names[number]: "amount" if one.amount else "count" for number, one in unknowns.items()},
        [Relation(names[total], tuple(names[part] for part in parts)) for total, parts in relations],
        floors={names[number]: one.floor for number, one in unknowns.items()},
        ranges={
            names[number]: one.seen
            for number, one in unknowns.items()
            if number not in hidden and one.seen[0] < one.seen[1]
        },
        at_most=[(names[lesser], names[greater]) for lesser, greater in at_most],
        lowest_of=None if lowest_of is None else {names[number] for number in lowest_of},
    )
    return {int(name): limits for name, limits in found.items()}
