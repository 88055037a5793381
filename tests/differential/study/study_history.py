"""Histories of the study's registers: first deliveries, corrections of covered months, later and late ones."""

from __future__ import annotations

from random import Random

from histories import Step
from register_files import Writer
from register_people import Person, Webreg
from study_people import StudyBiflis, StudyDream

#: The population that always goes through the house: one in which other readings of the rules would show, and in
#: which both DREAM and BIFLIS correct the month that counts.
USUAL = 82
PEOPLE, CHANGES = 150, 2


def tell_study(draw: Random, first_person: int, size: int, changes: int) -> list[Step]:
    """The first delivery of each source, then `changes` more, of `size` people from `first_person` on.

    A few people come into BIFLIS only later, so that DREAM had them before a mentor source knew them; a few stay out of
    DREAM.
    """
    people = [Person.number(first_person + number) for number in range(size)]
    webreg = Webreg(draw, people[: size // 6])
    biflis = StudyBiflis(draw, people[size // 8 :])
    dream = StudyDream(draw, people)
    writer = Writer(draw)
    steps = []
    for place in range(3 + changes):
        source = ["webreg", "dream", "biflis"][place] if place < 3 else draw.choice(["biflis", "biflis", "dream"])
        if place >= 3:
            {"biflis": biflis, "dream": dream}[source].change()
        if source == "webreg":
            sent = writer.webreg("2015-12-31", webreg.rows())
        elif source == "biflis":
            sent = writer.biflis(draw.choice(["2016-05", "2016-05", "2016-06", "2016-04"]), biflis.rows(), 0)
        else:
            sent = writer.dream(draw.choice(["2016-02", "2016-05", "2016-07", "2016-05"]), dream, 0)
        steps.append(Step(sent))
    return steps
