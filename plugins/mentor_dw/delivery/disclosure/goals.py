"""The promise as goals: how far from its value a hidden number must be able to lie, for all the reader knows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal

from mentor_dw.delivery.disclosure.cells import Cell, CellKey, Rule, Why
from mentor_dw.delivery.disclosure.facts import Facts, Standing, Unknown
from mentor_dw.delivery.disclosure.hiding import Goal
from mentor_dw.delivery.disclosure.primary import Reasons, few
from mentor_dw.delivery.disclosure.reader import Limits, fewest
from mentor_dw.delivery.disclosure.solver import CLOSE

#: An amount that is protected for its own sake is free by this share of it at least, and by one unit.
SMALLEST_SHARE = Decimal("0.10")
#: What is hidden or rounded only for others is not known exactly: counts by 1, amounts by this share.
NOT_EXACT_SHARE = 0.01
SMALLEST_WIDTH = 0.01
OWN_REASONS = frozenset({Why.SMALL, Why.FEW_MENTORS, Why.FEW_COMPANIES, Why.DOMINANCE, Why.GROUP})


def goals_of(facts: Facts, cells: Mapping[CellKey, Cell], rule: Rule, why: Reasons) -> list[Goal]:
    """The goals of everything that is protected for its own sake, now or by an earlier delivery."""
    now = {number: key for key, number in facts.now.items()}
    protected: dict[int, Why] = {}
    for number, one in enumerate(facts.unknowns):
        reason = why.why.get(now[number]) if number in now else _reason_then(one, rule)
        if reason is not None and one.key is not None and not one.exact:
            protected[number] = reason
    least = fewest(facts, protected)
    found: list[Goal] = []
    for number, reason in protected.items():
        one = facts.unknowns[number]
        if one.amount:
            free = amount_free(one.value, rule)
            steps = (free, min(free, one.value - least[number]))
        elif reason is Why.SMALL or few(int(one.value), rule.threshold):
            start = max(1.0, least[number])
            steps = (start + rule.threshold - 1 - one.value, one.value - start)
        elif reason is Why.GROUP:
            steps = (0.0, min(rule.threshold, one.value - least[number]))
        else:
            down = min(rule.threshold // 2, one.value - least[number])
            steps = (rule.threshold - down, down)
        found += [Goal(number, up, step) for up, step in zip((True, False), steps, strict=True) if step > CLOSE]
        if number in facts.rests:
            found.append(Goal(facts.rests[number], True, free if one.amount else float(min(rule.threshold, one.value))))
    return found


def amount_free(value: float, rule: Rule) -> float:
    """By how much a protected amount must be uncertain upwards, and downwards where that is possible."""
    return max(float(max(1 - rule.dominance_share, SMALLEST_SHARE)) * abs(value), 1.0)


def _reason_then(one: Unknown, rule: Rule) -> Why | None:
    """Why a number that is only in earlier deliveries was not told there for its own sake; None when it was."""
    if one.standing is Standing.HIDDEN and one.then in OWN_REASONS:
        return one.then
    # Hidden for a reason that the ledger does not tell, or rounded.
    small = not one.amount and not one.exact and few(int(one.value), rule.threshold)
    return Why.SMALL if small and one.then is None else None


def unmet(facts: Facts, goals: Iterable[Goal], limits: Limits) -> list[Goal]:
    """The goals that `limits`, the proof, do not show reached; and one for every number that may be known exactly."""
    found = []
    for goal in goals:
        one = facts.unknowns[goal.unknown]
        low, high = limits.get(goal.unknown, one.seen)
        reached = high - low if goal.either else high - one.value if goal.up else one.value - low
        if reached < goal.amount - slack(one, goal.amount):
            found.append(goal)
    aimed_at = {goal.unknown for goal in goals}
    for number, (low, high) in sorted(limits.items()):
        one = facts.unknowns[number]
        if one.key is None or number in aimed_at:
            continue
        if high - low < least_width(one):
            found.append(Goal(number, True, _width(one), either=True))
    return found


def least_width(one: Unknown) -> float:
    """How wide the range of a hidden number is at least, so that it is not known exactly."""
    return _width(one) - slack(one, _width(one))


def _width(one: Unknown) -> float:
    return max(NOT_EXACT_SHARE * abs(one.value), SMALLEST_WIDTH) if one.amount else 1.0


def slack(one: Unknown, amount: float) -> float:
    """How inexact a bound may be: what the solver's arithmetic leaves."""
    return 1e-2 * amount if one.amount else 1e-4
