"""Random deliveries, protected and then attacked: nothing hidden is bounded more tightly than promised."""

from __future__ import annotations

import random

from hypothesis import given, settings
from hypothesis import strategies as st
from random_tables import Delivery, Shape, counted, people
from reader import Release, breaches

from mentor_dw.delivery.disclosure.cells import Protected, Relation, Rule, Told
from mentor_dw.delivery.disclosure.protect import protect

TABLES = (
    (("kommune",),),
    (("kommune", "alder"),),
    (("status", "alder"),),
    (("kommune", "status"),),
    (("kommune", "alder"), ("kommune", "status")),
    (("status", "type", "alder"),),
    (("kommune", "alder", "type"), ("alder", "status")),
    (("alder", "type", "status", "kommune"),),
)
SHAPES = st.builds(
    Shape,
    tables=st.sampled_from(TABLES[:-1]),
    people=st.integers(15, 250),
    skew=st.sampled_from((0.3, 0.5, 0.8)),
    sensitive=st.booleans(),
    amounts=st.booleans(),
    rows=st.booleans(),
)
SEEDS = st.integers(0, 10**6)


def told(protected: Protected, delivery: Delivery, extract_id: int) -> list[Told]:
    """What the ledger holds of a delivery."""
    shown = protected.cells
    return [Told(one.key, one.value, shown[one.key].value, extract_id, shown[one.key].why) for one in delivery.cells]


def release(protected: Protected, delivery: Delivery, more: tuple[Relation, ...] = ()) -> Release:
    return Release(delivery, {key: one.value for key, one in protected.cells.items()}, more)


@settings(max_examples=50, deadline=None, derandomize=True)
@given(shape=SHAPES, seed=SEEDS)
def test_nothing_hidden_is_bounded_more_tightly_than_promised(shape: Shape, seed: int) -> None:
    delivery = counted(people(shape, random.Random(seed)), shape, "2016-03")
    protected = protect(delivery.cells, delivery.relations, Rule())
    assert breaches([release(protected, delivery)], Rule()) == []
