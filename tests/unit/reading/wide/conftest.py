"""DREAM's feed, and small files of it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from mentor_dw.feeds import Feed, load_feed
from mentor_dw.reading.wide.layout import Layout, read_layout

# The modules beside the tests are theirs alone; test folders are no packages.
sys.path.insert(0, str(Path(__file__).parent))

FIELDS = "pnr;koen;foedselsdato;kommunekode;herkomst;civilstand"


@pytest.fixture(scope="session")
def feed() -> Feed:
    return load_feed("dream")


@pytest.fixture(scope="session")
def layout_of(feed: Feed) -> Callable[[str], Layout]:
    """layout_of("y_1401;y_1402"): the layout of a file with the fixed fields and these columns after them."""
    return lambda columns: read_layout(f"{FIELDS};{columns}".encode(), feed)
