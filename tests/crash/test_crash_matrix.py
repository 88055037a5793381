"""Kills at every kind of step end where an undisturbed run ends; a product that loses something is seen to.

docs/crashes.md says what is killed and compared. All cases are run by `make bench`; here are some of each kind.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from crash_cases import every_case
from matrix import Matrix

pytestmark = [pytest.mark.postgres, pytest.mark.timeout(900)]

CASES = every_case()
#: Of different kinds: a worker, a session's process, the whole server; verdict, file, wide parts, refusal.
FIVE = (
    "webreg: self before _copy_to_raw",
    "dream_packed: self before PartLander.copy",
    "dream_packed: backend before _join",
    "refused: postgres after refuse",
    "refused: self after _write_reason",
)
#: Of each link some, the same ones at each run.
THIRTY = tuple(name for place, name in enumerate(CASES) if place % 16 == 7 and name not in FIVE)[:30]


@pytest.fixture(scope="module")
def matrix() -> Iterator[Matrix]:
    matrix = Matrix()
    yield matrix
    matrix.close()


def check(found: dict) -> None:
    """Killed, and the end is the undisturbed one."""
    assert found["killed"], "nobody was killed"
    assert not found["failed"], found["failed"]
    assert found["differences"] == [] and found["leftovers"] == []
    assert found["identical"]
    assert (found["lost"], found["doubled"], found["half_published"]) == (0, 0, 0)


@pytest.mark.parametrize("name", FIVE)
def test_a_kill_changes_nothing(matrix: Matrix, name: str) -> None:
    check(matrix.disturbed(CASES[name]))


def test_a_file_that_is_taken_away_before_it_is_kept_is_seen(matrix: Matrix) -> None:
    found = matrix.disturbed(CASES["dream_packed: self before keep_encrypted"], broken="forgets_to_put_away")
    assert found["killed"] and not found["identical"]
    assert any("dream_2016-03.csv.gz.age: missing" in one for one in found["differences"])


def test_rows_that_are_committed_before_their_verdict_are_seen(matrix: Matrix) -> None:
    found = matrix.disturbed(CASES["webreg: self before accept"], broken="commits_in_the_middle")
    assert found["killed"] and not found["identical"]


@pytest.mark.long
@pytest.mark.parametrize("name", THIRTY)
def test_more_kills_change_nothing(matrix: Matrix, name: str) -> None:
    check(matrix.disturbed(CASES[name]))


@pytest.mark.long
def test_a_publish_table_by_table_is_seen(matrix: Matrix) -> None:
    found = matrix.disturbed(CASES["publish: self before merge no. 12"], broken="publishes_table_by_table")
    assert found["half_published"] > 0
