"""Kills at every kind of step end where an undisturbed run ends; a product that loses something is seen to.

docs/crashes.md says what is killed and compared. All cases are run by `make bench`; here are some of each kind.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from cases import every_case
from matrix import Matrix

pytestmark = [pytest.mark.postgres, pytest.mark.timeout(900)]

CASES = every_case()
#: Of different kinds: a worker, a session's process, the whole server; landing, verdict, file, fold, refusal.
FIVE = (
    "webreg: self before _copy_to_raw",
    "webreg: self after _remove",
    "dream_packed: self before PartLander.copy",
    "refused: postgres after refuse",
    "webreg: backend before Connection.commit",
)


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


@pytest.mark.parametrize(
    ("case", "way", "sign"),
    [
        ("webreg: self after _copy_to_raw", "commits_in_the_middle", "doubled"),
        ("webreg: self before keep_encrypted", "forgets_to_put_away", "differences"),
    ],
)
def test_a_product_that_is_broken_is_seen(matrix: Matrix, case: str, way: str, sign: str) -> None:
    found = matrix.disturbed(CASES[case], broken=way)
    assert found["killed"] and not found["identical"]
    assert found[sign] or found["failed"]
