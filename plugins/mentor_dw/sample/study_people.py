"""Who is in the study: plans, sex, origin and age with the published margins; some were web citizens years before."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from . import targets_study as targets
from .allocation import expand
from .days import birthday, months_later
from .population import Person, Population, born_at_age
from .study_courses import draw_spans, grant
from .study_model import Resident
from .study_plans import PLANS
from .targets_study import OLD, YOUNG
from .webreg_model import Ids

_START = targets.PERIOD[0].toordinal()
#: So many web citizens come back as citizens of the study.
WEB_CITIZENS_IN_STUDY = 25
#: Citizens born on 29 February: 30 on 28 February of a common year (rules.md R19).
_LEAP_BIRTH = date(1984, 2, 29)
_LEAP_START = date(2014, 2, 28).toordinal()


def enrol_study(population: Population, ids: Ids, rng: random.Random, known: Sequence[Person]) -> list[Resident]:
    """The citizens of the study with their forløb. `known` are persons of the web registrations."""
    found: list[Resident] = []
    for group in (YOUNG, OLD):
        taken = {resident.person.cpr for resident in found}
        free = [person for person in known if person.cpr not in taken]
        plans = [
            (sequence, band)
            for sequence, counts in PLANS[group].items()
            for band, count in enumerate(counts)
            for _ in range(count)
        ]
        rng.shuffle(plans)
        spans = [draw_spans(sequence, band, rng) for sequence, band in plans]
        begins = draw_priors(group, spans, rng)
        persons = _Draw(population, rng, group, free).persons(spans, begins)
        origins = expand(targets.ORIGIN[group], rng)
        for span, since, person, origin in zip(spans, begins, persons, origins, strict=True):
            first = _first(span)
            resident = Resident(person, origin, group, rng.choice("UUUGGFFE" if group == OLD else "UUUUUG"))
            resident.first, resident.reading, resident.since = first, months_later(first, 7), since
            grant(resident, span, ids, rng)
            found.append(resident)
    return found


def _first(spans: Sequence[tuple[int, int]]) -> int:
    """First start in the period of the study (rules.md C3)."""
    return next(start for start, _ in spans if start >= _START)


class _Draw:
    """Persons for the citizens of one age group, with the margins of sex and age."""

    def __init__(self, population: Population, rng: random.Random, group: str, known: Sequence[Person]) -> None:
        self._population = population
        self._rng = rng
        self._group = group
        self._known = known
        self._sexes = Counter(targets.SEX[group])
        self._bands = Counter(dict(targets.AGES)) if group == OLD else Counter({(18, 29): targets.CITIZENS[YOUNG]})

    def persons(self, spans: Sequence[Sequence[tuple[int, int]]], begins: Sequence[int]) -> list[Person]:
        """One person per citizen, in the order given."""
        rng = self._rng
        firsts = [_first(span) for span in spans]
        drawn: dict[int, Person] = {}
        # Who is settled beforehand: web citizens, birthdays on the edge of the group, one born on 29 February.
        for person in self._known:
            place = self._place(person, firsts, begins, drawn)
            if place is not None:
                drawn[place] = person
        for place, birth in self._edges(firsts, begins, drawn):
            self._take(birth, firsts[place])
            sex = rng.choice([sex for sex, left in self._sexes.items() if left])
            self._sexes[sex] -= 1
            drawn[place] = self._population.draw_resident(rng, lambda birth=birth: birth, sex)
        sexes = iter(expand(self._sexes, rng))
        bands = expand(self._bands, rng)
        rest = [place for place in range(len(spans)) if place not in drawn]
        for place, sex, band in zip(rest, sexes, bands, strict=True):
            day = date.fromordinal(firsts[place])
            youngest = max(band[0], 18 + -(-(firsts[place] - begins[place]) // 365))
            drawn[place] = self._population.draw_resident(
                rng,
                lambda day=day, low=youngest, high=band[1]: born_at_age(rng, rng.randint(min(low, high), high), day),
                sex,
                valid=rng.random() > 0.004,
            )
        return [drawn[place] for place in range(len(spans))]

    def _take(self, birth: date, first: int) -> bool:
        """Count a person of this birth in the band of the age at the first start; False when there is no room."""
        years = next(age for age in range(100, -1, -1) if birthday(birth, age) <= first)
        for low, high in self._bands:
            if low <= years <= high and self._bands[low, high]:
                self._bands[low, high] -= 1
                return True
        return False

    def _place(
        self, person: Person, firsts: Sequence[int], begins: Sequence[int], drawn: dict[int, Person]
    ) -> int | None:
        """A free citizen of the group whom this person can be."""
        if not self._sexes[person.sex]:
            return None
        place = self._rng.randrange(len(firsts))
        grown = birthday(person.birth, 18) <= begins[place]
        if place in drawn or not grown or not self._take(person.birth, firsts[place]):
            return None
        self._sexes[person.sex] -= 1
        return place

    def _edges(
        self, firsts: Sequence[int], begins: Sequence[int], drawn: dict[int, Person]
    ) -> Iterator[tuple[int, date]]:
        """Three who become 30 on the day they start (or the day after), and one born on 29 February."""
        late = 0 if self._group == OLD else 1
        leap = next((p for p, first in enumerate(firsts) if first == _LEAP_START - late and p not in drawn), None)
        if leap is not None:
            yield leap, _LEAP_BIRTH
        grown = (p for p, first in enumerate(firsts) if p != leap and p not in drawn and first - begins[p] < 11 * 365)
        for place in [place for place, _ in zip(grown, range(3), strict=False)]:
            day = date.fromordinal(firsts[place]) + timedelta(days=late)
            if (day.month, day.day) != (2, 29):
                yield place, day.replace(year=day.year - 30)


def prior_band(since: int, first: int) -> int:
    """Band of the contact course's length at the first start, by completed months (rules.md R12)."""
    if first < months_later(since, 4):
        return 0
    if first < months_later(since, 7):
        return 1
    if first <= months_later(since, 12):
        return 2
    return 3 if first <= months_later(since, 36) else 4


_RANGES = ((1, 122), (124, 212), (216, 366), (367, 1096), (1100, 4900))


def draw_priors(group: str, spans: Sequence[Sequence[tuple[int, int]]], rng: random.Random) -> list[int]:
    """First day of the contact course of every citizen, before the first forløb, with the published bands."""
    left = list(targets.PRIOR[group])
    begins: dict[int, int] = {}
    for place, span in enumerate(spans):
        first = _first(span)
        if span[0][0] == first:
            continue
        while True:
            since = span[0][0] - rng.randint(10, 900)
            band = prior_band(since, first)
            if left[band] and _clear(since, first):
                break
        left[band] -= 1
        begins[place] = since
    bands = [band for band, count in enumerate(left) for _ in range(count)]
    rng.shuffle(bands)
    rest = [place for place in range(len(spans)) if place not in begins]
    edges = {2: 4, 3: 4}
    for place, band in zip(rest, bands, strict=True):
        first = _first(spans[place])
        edge = months_later(first, -12 if band == 2 else -36)
        if edges.get(band) and date.fromordinal(first).day <= 28:
            edges[band] -= 1
            begins[place] = edge
            continue
        low, high = _RANGES[band]
        high = min(high, 3900) if group == YOUNG else high
        while True:
            since = first - rng.randint(low, high)
            if prior_band(since, first) == band and _clear(since, first):
                break
        begins[place] = since
    return [begins[place] for place in range(len(spans))]


def _clear(since: int, first: int) -> bool:
    """Whether the length is not within three days of an edge of the bands, where calendars could disagree."""
    return prior_band(since - 3, first) == prior_band(min(since + 3, first), first)
