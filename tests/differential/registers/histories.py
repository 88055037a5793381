"""Histories: deliveries of three small registers in any order, corrected, late, sent again and withdrawn.

`tell` makes one out of any source of chance; `histories` is the strategy for Hypothesis.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from hypothesis import strategies as st
from register_files import Delivery, Writer
from register_people import Biflis, Dream, Person, Webreg

#: What deliveries cover: few days and months, so that corrections and late ones are many; days that are the last of
#: their month meet the months of the other sources.
COVERED = {
    "webreg": ["2015-12-31", "2016-01-15", "2016-01-31", "2015-11-30"],
    "biflis": ["2015-12", "2016-01", "2016-02"],
    "dream": ["2015-12", "2016-01", "2016-02"],
}


@dataclass(frozen=True)
class Step:
    """One thing that happens: a file arrives, or the delivery of an earlier step is withdrawn."""

    sent: Delivery | None = None
    withdrawn: int = -1

    def line(self) -> str:
        """The step in words, without a person."""
        return f"{self.sent.name} arrives" if self.sent else f"what arrived in step {self.withdrawn} is withdrawn"


def tell(draw: Random, first_person: int = 0, faults: bool = True, size: int = 0) -> list[Step]:
    """A history of 4 to 9 deliveries and some withdrawals, of 3 to 12 people (or `size`) from `first_person` on."""
    people = [Person.number(first_person + number) for number in range(size or draw.choice([6, 3, 9, 12]))]
    # Some are in one source only, and some in DREAM whom no mentor source ever knows.
    webreg = Webreg(draw, people[: len(people) * 2 // 3])
    biflis = Biflis(draw, people[len(people) // 4 : len(people) - 1])
    dream = Dream(draw, people)
    writer = Writer(draw)
    order = ["biflis", "dream", "webreg"]
    draw.shuffle(order)
    order += [draw.choice(["biflis", "dream", "webreg"]) for _ in range(draw.choice([3, 1, 4, 6]))]
    steps: list[Step] = []
    for place, source in enumerate(order):
        if place >= 3:
            {"webreg": webreg, "biflis": biflis, "dream": dream}[source].change()
        covers = draw.choice(COVERED[source])
        planted = draw.choice([0, 0, 1, 3]) if faults else 0
        before = [step.sent for step in steps if step.sent and step.sent.source == source]
        if before and draw.random() < 0.07:
            sent = draw.choice(before)
        elif source == "webreg":
            sent = writer.webreg(covers, webreg.rows())
        elif source == "biflis":
            sent = writer.biflis(covers, biflis.rows(), planted)
        else:
            sent = writer.dream(covers, dream, planted)
        steps.append(Step(sent))
        if place >= 3 and draw.random() < 0.2:
            arrived = [number for number, step in enumerate(steps) if step.sent]
            steps.append(Step(withdrawn=draw.choice(arrived)))
    return steps


def histories(faults: bool = True) -> st.SearchStrategy[list[Step]]:
    """Histories that Hypothesis can make smaller."""
    return st.builds(tell, st.randoms(use_true_random=False), faults=st.just(faults))
