"""The comparison of single persons that `test_house` relies on notices every kind of fact."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import pytest
from person_facts import differences, expected

PERSONS = expected(2)
# One with a study forløb and a web registration has every kind of fact.
EVERYTHING = next(one for one in PERSONS if "status" in one and "web" in one and one["webreg"])


def leaves(facts: dict[str, Any], above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for name, value in facts.items():
        yield from leaves(value, (*above, name)) if isinstance(value, dict) else [(*above, name)]


def otherwise(value: Any) -> Any:
    """Another value of the same kind, as near as it gets."""
    if isinstance(value, list):
        return [*value[:-1], "x"]
    return f"{value}1" if isinstance(value, str) else (value or 0) + 1


def test_persons_do_not_differ_from_themselves() -> None:
    for wave in (1, 2, 3):
        assert len(expected(wave)) == 200
        assert differences(expected(wave), expected(wave)) == []


@pytest.mark.parametrize("path", list(leaves(EVERYTHING)), ids=" ".join)
def test_one_fact_that_differs_is_named(path: tuple[str, ...]) -> None:
    want = copy.deepcopy(EVERYTHING)
    inner = want
    for name in path[:-1]:
        inner = inner[name]
    inner[path[-1]] = otherwise(inner[path[-1]])
    (wrong,) = differences(PERSONS, [want])
    assert " ".join(path) in wrong or "forløb are missing" in wrong
    assert f"biflis {want['biflis'][0]}" in wrong


def test_a_person_who_is_two_or_missing_is_noticed() -> None:
    halves = [{"biflis": EVERYTHING["biflis"]}, {"webreg": EVERYTHING["webreg"]}]
    for got in (halves, [], halves[:1]):
        (wrong,) = differences(got, [EVERYTHING])
        assert "missing or belong to several" in wrong
