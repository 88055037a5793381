"""Random deliveries, protected and then attacked: nothing hidden is bounded more tightly than promised."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from optimum import fewest_hidden
from random_tables import Delivery, Shape, corrected, counted, over_time, people
from reader import Release, breaches

from mentor_dw.delivery.disclosure.cells import Protected, Relation, Rule, Told, Why
from mentor_dw.delivery.disclosure.protect import DisclosureRefused, protect

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


def in_turn(deliveries: list[Delivery], rule: Rule, *, remember: bool = True) -> list[Release]:
    """Each delivery protected after those before it (or, forgetful, as if it were the first), as it is published."""
    before: list[Told] = []
    releases: list[Release] = []
    # A refused delivery is one that the receiver does not get.
    for number, delivery in enumerate(deliveries, start=1):
        months = [one for one in deliveries[: number - 1] if one.period != delivery.period]
        more = tuple(over_time(delivery, months)) if len(months) == 3 else ()
        try:
            protected = protect(delivery.cells, [*delivery.relations, *more], rule, before if remember else ())
        except DisclosureRefused:
            assert before, "a first delivery can always be told"
            break
        releases.append(release(protected, delivery, more))
        before += told(protected, delivery, number)
    return releases


def a_correction(shape: Shape, seed: int) -> list[Delivery]:
    """A period, and the same again after a correction of one in twenty."""
    random_ = random.Random(seed)
    who = people(shape, random_)
    return [counted(who, shape, "2016-03"), counted(corrected(who, random_, 0.05), shape, "2016-03")]


def a_quarter(shape: Shape, seed: int) -> list[Delivery]:
    """Three months, and then their quarter."""
    who = people(shape, random.Random(seed))
    months = [counted([one for one in who if one.month == month], shape, f"2016-0{month + 1}") for month in range(3)]
    return [*months, counted(who, shape, "2016K1")]


@settings(max_examples=11, deadline=None, derandomize=True, phases=[Phase.generate])
@given(shape=SHAPES, seed=SEEDS)
def test_nothing_hidden_is_bounded_more_tightly_than_promised(shape: Shape, seed: int) -> None:
    assert breaches(in_turn([counted(people(shape, random.Random(seed)), shape, "2016-03")], Rule()), Rule()) == []


@settings(max_examples=7, deadline=None, derandomize=True, phases=[Phase.generate])
@given(shape=SHAPES, seed=SEEDS)
def test_a_correction_opens_nothing_that_either_delivery_hides(shape: Shape, seed: int) -> None:
    assert breaches(in_turn(a_correction(shape, seed), Rule()), Rule()) == []


@settings(max_examples=2, deadline=None, derandomize=True, phases=[Phase.generate])
@given(shape=SHAPES, seed=SEEDS)
def test_a_quarter_opens_nothing_in_its_months(shape: Shape, seed: int) -> None:
    assert breaches(in_turn(a_quarter(replace(shape, rows=False), seed), Rule()), Rule()) == []


@settings(max_examples=7, deadline=None, derandomize=True, phases=[Phase.generate])
@given(shape=SHAPES, seed=SEEDS)
def test_rounded_numbers_keep_the_promise_too(shape: Shape, seed: int) -> None:
    rule = Rule(method="round")
    assert breaches(in_turn([counted(people(shape, random.Random(seed)), shape, "2016-03")], rule), rule) == []


def test_hardly_any_correction_is_refused() -> None:
    shape = Shape((("kommune", "alder"), ("kommune", "status")), people=100, sensitive=True)
    assert sum(len(in_turn(a_correction(shape, seed), Rule())) == 2 for seed in range(20)) >= 19


def test_little_more_is_hidden_than_the_fewest_that_would_do() -> None:
    """The fewest: solved exactly, for small tables."""
    ours, best = over_suppression(range(12))
    assert best > 0 and ours <= 1.35 * best, f"{ours} hidden, {best} would do"


def over_suppression(seeds: range) -> tuple[int, int]:
    """Numbers that are hidden only for others in small tables, ours and the fewest possible."""
    ours = best = 0
    for seed in seeds:
        shape = Shape(
            (("kommune", "alder"),) if seed % 2 else (("status", "alder"), ("status", "type")), 50 + 5 * seed, 0.6
        )
        delivery = counted(people(shape, random.Random(seed)), shape, "2016-03")
        protected = protect(delivery.cells, delivery.relations, Rule())
        ours += protected.summary["complementary"]
        best += fewest_hidden(delivery, Rule())
    return ours, best


def test_the_reader_finds_what_only_primary_suppression_leaves_open() -> None:
    """The suite can fail: hide only what is small itself, and most deliveries give it away."""
    found = 0
    for seed in range(6):
        shape = Shape(people=60, sensitive=True)
        delivery = counted(people(shape, random.Random(seed)), shape, "2016-03")
        protected = protect(delivery.cells, delivery.relations, Rule())
        values = delivery.by_key()
        shown = {
            key: values[key].value if one.why is Why.COMPLEMENTARY else one.value
            for key, one in protected.cells.items()
        }
        found += bool(breaches([Release(delivery, shown)], Rule()))
    assert found >= 5


def test_the_reader_finds_what_forgetting_the_earlier_delivery_gives_away() -> None:
    shape = Shape(people=60)
    found = [breaches(in_turn(a_correction(shape, seed), Rule(), remember=False), Rule()) for seed in range(6)]
    assert sum(map(bool, found)) >= 3
    found = [breaches(in_turn(a_quarter(shape, seed), Rule(), remember=False), Rule()) for seed in range(4)]
    assert sum(map(bool, found)) >= 2


@pytest.mark.long
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("share", range(4))
def test_many_more_deliveries(share: int) -> None:
    """Every shape, every method, corrections and quarters; the first seeds of the benchmark, which goes on."""
    for seed in range(50 * share, 50 * share + 50):
        shape, rule, deliveries = scenario(seed)
        assert breaches(in_turn(deliveries, rule), rule) == [], f"{shape}, {rule.method}, seed {seed}"


def scenario(seed: int) -> tuple[Shape, Rule, list[Delivery]]:
    """A shape, a rule and deliveries, all from the seed."""
    random_ = random.Random(seed)
    shape = Shape(
        random_.choice(TABLES[-1:] if seed % 100 == 7 else TABLES[:-1]),
        random_.randrange(15, 250),
        random_.choice((0.3, 0.5, 0.8)),
        *(random_.random() < 0.5 for _ in range(3)),
    )
    rule = Rule(
        threshold=random_.choice((3, 5, 5, 10)), method=random_.choice(("suppress", "suppress", "round")), base=10
    )
    kind = seed % 5
    if kind == 0:
        return shape, rule, a_quarter(replace(shape, rows=False), seed)
    if kind == 1:
        return shape, rule, a_correction(shape, seed)
    return shape, rule, [counted(people(shape, random_), shape, "2016-03")]
