"""Counts rounded to a base: a rule that everybody may know.

To the nearest multiple, halves upwards, but never to zero: zero is told as zero, and nothing else is. No chance is in
it, so the same number is told in the same way in every table and every delivery, and nothing has to be kept secret:
each multiple stands for the same run of numbers, and all of them stay possible to whoever knows the rule.
"""

from __future__ import annotations

from mentor_dw.delivery.disclosure.cells import Rule
from mentor_dw.errors import MentorDwError


def rounded(count: int, base: int) -> int:
    """The multiple of `base` that is told for `count` (0 or more)."""
    return 0 if count == 0 else max(base, (2 * count + base) // (2 * base) * base)


def stands_for(multiple: int, base: int) -> tuple[int, int]:
    """The smallest and the largest number that is told as `multiple`."""
    if multiple == 0:
        return 0, 0
    return (1 if multiple == base else multiple - base // 2), multiple + (base - 1) // 2


def check_base(rule: Rule) -> None:
    """Raise MentorDwError when the base is so small that a rounded number would still be a small one."""
    if stands_for(rule.base, rule.base)[1] < rule.threshold:
        raise MentorDwError(
            f"Rounding to {rule.base} does not hide counts below {rule.threshold}.",
            "Choose a larger base in the specification.",
        )
