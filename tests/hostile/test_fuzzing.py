"""Whatever comes is refused in our own words, or read as a plain reader reads it."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent))

from properties import PROPERTIES

from mentor_dw.reading.wide import kernel

#: So many inputs each; a longer run asks for more.
EXAMPLES = int(os.environ.get("MENTOR_DW_TEST_EXAMPLES", "150"))


@pytest.fixture(scope="module", autouse=True)
def _loaded() -> None:
    assert kernel.load()


@pytest.mark.parametrize("name", PROPERTIES)
def test_any_input_is_refused_or_read_as_a_plain_reader_reads_it(name: str) -> None:
    one = PROPERTIES[name]
    pieces = st.one_of(st.sampled_from(one.tokens), st.sampled_from(one.tokens), st.binary(max_size=6))
    inputs = st.tuples(st.sampled_from(one.starts), st.lists(pieces, max_size=30)).map(
        lambda both: both[0] + b"".join(both[1])
    )

    @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(inputs)
    def holds(content: bytes) -> None:
        one.check(content)

    holds()
