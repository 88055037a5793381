"""All numbers that have to be hidden, so that every goal is reached: first around each, then what can be told again."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace

from mentor_dw.delivery.disclosure.facts import Facts, Standing
from mentor_dw.delivery.disclosure.hiding import Goal, Pattern, Surroundings, weight
from mentor_dw.delivery.disclosure.solver import CLOSE, connected


@dataclass
class Suppressed:
    """What must be hidden, the goals that nothing reaches, and for each other goal the moves that reach it."""

    hidden: set[int]
    impossible: list[Goal] = field(default_factory=list)
    patterns: list[Pattern] = field(default_factory=list)


def suppress(facts: Facts, goals: Iterable[Goal], hidden: Collection[int]) -> Suppressed:
    """What must be hidden beside `hidden`, with it.

    The same facts give the same answer; numbers that no sum connects are looked at apart.
    """
    found = Suppressed(set(hidden))
    by_unknown: dict[int, list[Goal]] = {}
    for goal in goals:
        by_unknown.setdefault(goal.unknown, []).append(goal)
    for part in Part.of(facts):
        wanted = [goal for one in part.members for goal in by_unknown.get(one, ())]
        if wanted:
            _suppress(part, sorted(wanted, key=lambda goal: (-goal.amount, goal.unknown, goal.up)), found)
    return found


class Part:
    """Numbers that sums connect, and these sums."""

    def __init__(self, facts: Facts, members: Sequence[int]) -> None:
        self.facts, self.members = facts, members
        self.relations: list[tuple[int, tuple[int, ...]]] = []
        self.at_most: list[tuple[int, int]] = []

    @classmethod
    def of(cls, facts: Facts) -> list[Part]:
        """The parts of all numbers that the reader does not know exactly in any case."""
        open_ones = [number for number, one in enumerate(facts.unknowns) if not one.exact]
        place = {one: number for number, one in enumerate(open_ones)}
        sums = [((total, *parts), (total, parts)) for total, parts in facts.relations]
        links = [[place[one] for one in ones if one in place] for ones, _ in sums]
        limits = [[place[one] for one in pair if one in place] for pair in facts.at_most]
        parts, home = [], {}
        for group in connected(len(open_ones), [link for link in (*links, *limits) if link]):
            parts.append(cls(facts, [open_ones[one] for one in group]))
            home |= dict.fromkeys(group, parts[-1])
        for link, (_, relation) in zip(links, sums, strict=True):
            if link:
                home[link[0]].relations.append(relation)
        for link, pair in zip(limits, facts.at_most, strict=True):
            if link:
                home[link[0]].at_most.append(pair)
        return parts

    def surroundings(self, movable: Collection[int], hidden: Collection[int]) -> Surroundings:
        """How the numbers of this part can move."""
        unknowns = self.facts.unknowns
        members = [one for one in self.members if one in movable or unknowns[one].seen[0] < unknowns[one].seen[1]]
        return Surroundings(unknowns, members, self.relations, self.at_most, movable=movable, hidden=hidden)


def _suppress(part: Part, goals: Sequence[Goal], found: Suppressed) -> None:
    """Add to `found` what the goals of this part need."""
    unknowns = part.facts.unknowns
    before = {one for one in part.members if one in found.hidden}
    telling = {one for one in part.members if unknowns[one].standing is Standing.TOLD}
    around = part.surroundings(before | telling, before)
    reached: dict[Goal, Pattern] = {}
    furthest: dict[tuple[int, bool], tuple[float, Pattern]] = {}
    needed = set(before)
    for goal in goals:
        far, pattern = furthest.get((goal.unknown, goal.up), (0.0, None))
        if pattern is None or far < goal.amount - CLOSE:
            pattern = around.reach(goal)
            if pattern is None and goal.either:
                goal = replace(goal, up=not goal.up)
                pattern = around.reach(goal)
            if pattern is None:
                found.impossible.append(goal)
                continue
            for one, step in pattern.moves.items():
                side = (one, step > 0)
                if abs(step) > furthest.get(side, (0.0, None))[0]:
                    furthest[side] = (abs(step), pattern)
            if more := pattern.beyond - needed:
                around.hide(more)
                needed |= more
        reached[goal] = pattern
    hidden, patterns = _tell_again(part, reached, before, needed)
    found.hidden |= hidden
    found.patterns += patterns


def _tell_again(
    part: Part, reached: dict[Goal, Pattern], before: set[int], needed: set[int]
) -> tuple[set[int], list[Pattern]]:
    """Of `needed`, what is still needed when every number beyond `before` is tried, the most useful first; and the
    patterns that are left."""
    unknowns = part.facts.unknowns
    # The last goals first: what they need is there already for those whose way was chosen when nothing was hidden.
    around = part.surroundings(needed, before)
    patterns: dict[Goal, Pattern] = {}
    for goal in reversed(reached):
        # At the very end of what is possible the solver may not find again what it found.
        patterns[goal] = around.reach(goal) or reached[goal]
        around.hide(patterns[goal].beyond)
    needed = before.union(*(pattern.beyond for pattern in patterns.values()))
    around = part.surroundings(needed, before)
    users: dict[int, set[Goal]] = {one: set() for one in needed}
    for goal, pattern in patterns.items():
        for one in pattern.beyond:
            users[one].add(goal)
    order = {goal: number for number, goal in enumerate(reached)}
    for one in sorted(needed - before, key=lambda one: (-weight(unknowns[one].value), one)):
        around.hold(one, still=True)
        others: dict[Goal, Pattern] = {}
        for goal in sorted(users[one], key=order.__getitem__):
            other = around.reach(goal)
            if other is None:
                around.hold(one, still=False)
                break
            others[goal] = other
        else:
            needed.discard(one)
            for goal, other in others.items():
                for gone in patterns[goal].beyond - other.beyond:
                    users[gone].discard(goal)
                for new in other.beyond - patterns[goal].beyond:
                    users[new].add(goal)
            patterns |= others
    return needed, list(patterns.values())
