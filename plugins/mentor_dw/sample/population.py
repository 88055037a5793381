"""The persons of the sample: one population that every source of the sample draws on.

All CPR numbers are replacement numbers (day + 60), which belong to nobody.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

#: More parts of the population than this would run out of numbers.
MOST_COHORTS = 100

_WEIGHTS = (4, 3, 2, 7, 6, 5, 4, 3, 2, 1)
# Seventh digits that mean the twentieth century for every year of birth, and those that do so from 1937 on.
_TWENTIETH_CENTURY = "0123"
_FROM_1937 = "49"
# The web registrations of later cohorts have numbers of their own, so that no cohort has to remember another one's.
_LATER_WEB = ("3", "9")
_REGISTERS = (0, 1, 2, 4)


@dataclass(frozen=True, slots=True)
class Person:
    """A person: CPR number (ten digits, day 61-91), date of birth, sex by the last digit (M or K)."""

    cpr: str
    birth: date
    sex: str


class Population:
    """Draws persons whose numbers are unique, cohort after cohort.

    It remembers the few persons of the web registrations and, of the registers, only those of the present cohort:
    the numbers of different cohorts differ in their serial number.
    """

    def __init__(self, cohorts: int = 1) -> None:
        self._cohorts = cohorts
        self._cohort = 0
        self._web: set[str] = set()
        self._registers: set[str] = set()

    def begin(self, cohort: int) -> None:
        """Numbers from now on are those of this cohort, counted from 0."""
        self._cohort = cohort
        self._registers.clear()

    def draw(self, rng: random.Random, birth: date, sex: str, *, valid: bool = True) -> Person:
        """A new person of the web registrations born on `birth` (1900-1999); the last digit says `sex` (M odd, K even).

        `valid` decides whether the number passes modulus 11.
        """
        _check(birth)
        head = _head(birth)
        if self._cohort:
            centuries = _LATER_WEB[0] + (_LATER_WEB[1] if birth.year >= 1937 else "")
        else:
            centuries = _TWENTIETH_CENTURY + (_FROM_1937 if birth.year >= 1937 else "")
        while True:
            number = f"{head}{rng.choice(centuries)}{rng.randrange(1000):03d}"
            fits = (int(number[-1]) % 2 == 1) == (sex == "M") and passes_modulus_11(number) == valid
            if fits and number not in self._web and number not in self._registers:
                break
        self._web.add(number)
        return Person(number, birth, sex)

    def draw_resident(self, rng: random.Random, birth: Callable[[], date], sex: str, *, valid: bool = True) -> Person:
        """A new person of the registers, born on a day that `birth` draws (again, when its numbers are used up)."""
        odd = sex == "M"
        while True:
            born = birth()
            _check(born)
            head = _head(born)
            digits = _REGISTERS if born.year >= 1937 else _REGISTERS[:3]
            known = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, head, strict=False))
            for _ in range(12):
                serial = rng.choice(digits) * 100 + rng.randrange(100)
                if serial % self._cohorts != self._cohort:
                    serial += self._cohort - serial % self._cohorts
                    if serial // 100 not in digits:
                        continue
                weighed = known + 4 * (serial // 100) + 3 * (serial // 10 % 10) + 2 * (serial % 10)
                check = -weighed % 11
                if not valid:
                    check = (check + 2) % 10
                if check > 9 or (check % 2 == 1) != odd or passes_modulus_11(f"{head}{serial:03d}{check}") != valid:
                    continue
                number = f"{head}{serial:03d}{check}"
                if number not in self._registers and number not in self._web:
                    self._registers.add(number)
                    return Person(number, born, sex)


def _check(birth: date) -> None:
    if not 1900 <= birth.year <= 1999:
        raise ValueError("sample persons are born in the twentieth century")


def _head(birth: date) -> str:
    return f"{birth.day + 60:02d}{birth.month:02d}{birth.year % 100:02d}"


def passes_modulus_11(cpr: str) -> bool:
    """Whether ten digits pass the check of the CPR register, taken as they are written."""
    return sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, cpr, strict=True)) % 11 == 0


def born_at_age(rng: random.Random, age: int, day: date) -> date:
    """A random date of birth of somebody who is `age` whole years old on `day`."""
    latest = _years_before(day, age)
    earliest = _years_before(day, age + 1) + timedelta(days=1)
    return earliest + timedelta(days=rng.randrange((latest - earliest).days + 1))


def _years_before(day: date, years: int) -> date:
    """The same day `years` earlier; 28 February for 29 February in a common year (rules.md R19)."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, day=28)
