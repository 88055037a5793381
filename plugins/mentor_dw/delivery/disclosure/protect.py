"""The step that decides what is told: hide or round what must be, prove it, or refuse (rules.md V6-V11)."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

from mentor_dw.delivery.disclosure.cells import (
    Cell,
    CellKey,
    DisclosureRefused,
    Protected,
    Relation,
    Rule,
    Shown,
    Told,
    Why,
)
from mentor_dw.delivery.disclosure.facts import Facts, Standing, Unknown, gather
from mentor_dw.delivery.disclosure.goals import goals_of, least_width, slack, unmet
from mentor_dw.delivery.disclosure.hiding import Goal
from mentor_dw.delivery.disclosure.keys import in_words
from mentor_dw.delivery.disclosure.primary import Reasons, reasons
from mentor_dw.delivery.disclosure.promise import promise
from mentor_dw.delivery.disclosure.reader import cannot_be_ruled_out, known_already, with_all_hidden
from mentor_dw.delivery.disclosure.rounding import check_base, rounded
from mentor_dw.delivery.disclosure.suppress import suppress
from mentor_dw.errors import MentorDwError

__all__ = ["DisclosureRefused", "protect"]

#: More rounds than any table has needed; each hides at least one number more.
ROUNDS = 50


def protect(cells: Sequence[Cell], relations: Sequence[Relation], rule: Rule, before: Sequence[Told] = ()) -> Protected:
    """What may be told of `cells`, with proof: for every bound of the promise another set of numbers that agrees with
    all that the receiver then knows (`attack.py` looks at it from the other side).

    `relations` may name numbers that only `before` knows, such as the months of a quarter. What `before` told is taken
    for known as long as the number is the same; what it hid stays hidden. The answer depends on what is given, not on
    its order. Raises DisclosureRefused when nothing that can be told keeps the promise, MentorDwError when the cells or
    relations contradict themselves or the base of a rounding is too small.
    """
    began = time.perf_counter()
    if rule.method == "round":
        check_base(rule)
    by_key = _merged(cells)
    why = reasons(by_key, rule)
    counted = {key: cell for key, cell in by_key.items() if cell.kind != "derived"}
    facts = gather(counted, relations, rule, before, why)
    goals = goals_of(facts, counted, rule, why)
    hidden = {number for number, one in enumerate(facts.unknowns) if one.standing is Standing.HIDDEN}
    waived: set[Goal] = set()
    for _ in range(ROUNDS):
        chosen = suppress(facts, goals, hidden)
        hidden = chosen.hidden
        if chosen.impossible:
            # One that either direction would do for comes back as the direction that was tried last.
            waived.update(chosen.impossible, (replace(one, up=not one.up) for one in chosen.impossible if one.either))
            goals = [goal for goal in goals if goal not in waived] + _as_far_as_known(facts, chosen.impossible)
            continue
        found = cannot_be_ruled_out(facts, hidden, chosen.patterns)
        more = [goal for goal in unmet(facts, goals, found) if goal not in waived]
        if not more:
            break
        goals = sorted({*goals, *more}, key=lambda goal: (goal.unknown, goal.up, goal.amount))
    else:
        raise _refused(facts, goals)
    shown = _shown(by_key, facts, hidden, why, rule)
    now = {number: key for key, number in facts.now.items()}
    limits = {now[number]: found[number] for number in sorted(found) if number in now}
    known = {goal.unknown for goal in waived} | {
        facts.now[key] for key in why.why if facts.unknowns[facts.now[key]].exact
    }
    return Protected(shown, limits, _summary(shown, rule, len(known), time.perf_counter() - began))


def _merged(cells: Sequence[Cell]) -> dict[CellKey, Cell]:
    """The cells by key, in order; of a number that several tables tell, what each of them knows of it.

    Of several groups that it is a part of, the smallest counts: it is the one that is soonest given away as a whole.
    """
    found: dict[CellKey, Cell] = {}
    groups: dict[CellKey, set[CellKey]] = defaultdict(set)
    for cell in sorted(cells, key=lambda cell: cell.key):
        if cell.group_of is not None:
            groups[cell.key].add(cell.group_of)
        other = found.setdefault(cell.key, cell)
        if other.value != cell.value or other.kind != cell.kind:
            raise MentorDwError(f"Two tables tell different numbers of the same: {in_words([cell.key])}.")
        found[cell.key] = replace(
            other,
            persons=_fewest(other.persons, cell.persons),
            mentors=_fewest(other.mentors, cell.mentors),
            companies=_fewest(other.companies, cell.companies),
            largest=max(other.largest, cell.largest),
            follows=tuple(sorted({*other.follows, *cell.follows})),
        )
    for key, several in groups.items():
        smallest = min(several & found.keys(), key=lambda group: (found[group].persons or 0, group), default=None)
        found[key] = replace(found[key], group_of=smallest)
    return found


def _fewest(*numbers: int | None) -> int | None:
    return min((number for number in numbers if number is not None), default=None)


def _as_far_as_known(facts: Facts, impossible: Sequence[Goal]) -> list[Goal]:
    """Goals in place of those that nothing reaches: what the earlier deliveries gave away, alone or together with the
    zeros that are told now, cannot be taken back, but it is not made worse. Raises DisclosureRefused when a number
    would be known exactly that is not so already, or when it is not they that stand in the way."""
    known, left = known_already(facts), None
    found = []
    for goal in impossible:
        one = facts.unknowns[goal.unknown]
        room = _room(one, known[goal.unknown], goal)
        if room >= goal.amount - slack(one, goal.amount):
            left = left or with_all_hidden(facts)
            low, high = left[goal.unknown]
            room = _room(one, (low, high), goal)
            if high - low < least_width(one) or room >= goal.amount - slack(one, goal.amount):
                raise _refused(facts, impossible)
        if room > slack(one, goal.amount):
            # A little less than all, so that the arithmetic of the solver is not in the way.
            found.append(replace(goal, amount=room - slack(one, room), either=False))
    return found


def _room(one: Unknown, limits: tuple[float, float], goal: Goal) -> float:
    return limits[1] - one.value if goal.up else one.value - limits[0]


def _refused(facts: Facts, goals: Sequence[Goal]) -> DisclosureRefused:
    keys = {facts.unknowns[goal.unknown].key for goal in goals} - {None}
    return DisclosureRefused(
        f"Nothing that can be told of these keeps the promise: {in_words(sorted(keys)) or 'the groups of the tables'}.",
        "Tell them by fewer columns or coarser codes in the specification, or leave the table out.",
    )


def _shown(
    cells: Mapping[CellKey, Cell], facts: Facts, hidden: set[int], why: Reasons, rule: Rule
) -> dict[CellKey, Shown]:
    """What becomes of each number; shares and means are hidden with any of their counts (V10)."""
    found: dict[CellKey, Shown] = {}
    for key, number in facts.now.items():
        cell, one = cells[key], facts.unknowns[number]
        reason = why.why.get(key)
        rounds = rule.method == "round" and cell.kind == "count" and cell.value != 0
        if number in hidden:
            kept = one.standing is Standing.HIDDEN and number in facts.then
            found[key] = Shown(None, reason or (Why.EARLIER if kept else Why.COMPLEMENTARY))
        elif reason is not None and not (rounds and reason is Why.SMALL):
            found[key] = Shown(None, reason)  # Told earlier, before there was a reason.
        elif rounds:
            found[key] = Shown(rounded(int(cell.value), rule.base), Why.ROUNDED)
        else:
            found[key] = Shown(cell.value, None)
    for key, cell in cells.items():
        if cell.kind == "derived":
            follows = [found[one] for one in cell.follows if one in found]
            found[key] = Shown(cell.value, None)
            if len(follows) < len(cell.follows) or any(one.why is not None for one in follows):
                found[key] = Shown(None, Why.WITH_ITS_COUNT)
    return {key: found[key] for key in sorted(found)}


def _summary(shown: Mapping[CellKey, Shown], rule: Rule, known: int, seconds: float) -> dict[str, object]:
    reasons_told = Counter(str(one.why) for one in shown.values() if one.why is not None)
    return {
        "cells": len(shown),
        "told": sum(one.value is not None for one in shown.values()),
        "hidden": sum(one.value is None for one in shown.values()),
        **{str(one): reasons_told[str(one)] for one in Why},
        "known_before": known,
        "threshold": rule.threshold,
        "method": rule.method,
        "base": rule.base if rule.method == "round" else None,
        "promise": promise(rule),
        "seconds": round(seconds, 3),
    }
