"""The persons of the sample: one population that every source of the sample draws on.

All CPR numbers are replacement numbers (day + 60), which belong to nobody.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, timedelta

_WEIGHTS = (4, 3, 2, 7, 6, 5, 4, 3, 2, 1)
# Seventh digits that mean the twentieth century for every year of birth, and those that do so from 1937 on.
_TWENTIETH_CENTURY = "0123"
_FROM_1937 = "49"


@dataclass(frozen=True, slots=True)
class Person:
    """A person: CPR number (ten digits, day 61-91), date of birth, sex by the last digit (M or K)."""

    cpr: str
    birth: date
    sex: str


class Population:
    """Draws persons whose numbers are unique and keeps them."""

    def __init__(self) -> None:
        self.persons: list[Person] = []
        self._used: set[str] = set()

    def draw(self, rng: random.Random, birth: date, sex: str, *, valid: bool = True) -> Person:
        """A new person born on `birth` (1900-1999) whose last digit says `sex` (M odd, K even).

        `valid` decides whether the number passes modulus 11.
        """
        if not 1900 <= birth.year <= 1999:
            raise ValueError("sample persons are born in the twentieth century")
        head = f"{birth.day + 60:02d}{birth.month:02d}{birth.year % 100:02d}"
        centuries = _TWENTIETH_CENTURY + (_FROM_1937 if birth.year >= 1937 else "")
        while True:
            number = f"{head}{rng.choice(centuries)}{rng.randrange(1000):03d}"
            fits = (int(number[-1]) % 2 == 1) == (sex == "M") and passes_modulus_11(number) == valid
            if fits and number not in self._used:
                break
        self._used.add(number)
        person = Person(number, birth, sex)
        self.persons.append(person)
        return person


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
