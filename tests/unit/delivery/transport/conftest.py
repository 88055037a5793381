"""A receiver's server that fails where it is told, and a package for it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from mentor_dw.delivery.transport import send as sending

sys.path.insert(0, str(Path(__file__).parent))

from faulty_server import FaultyServer


@pytest.fixture(scope="package")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FaultyServer]:
    with FaultyServer(tmp_path_factory.mktemp("server")) as running:
        yield running


@pytest.fixture
def one_attempt(monkeypatch: pytest.MonkeyPatch) -> None:
    """A call tries once, so that the test sees what one broken attempt leaves; small blocks, so that there are more."""
    monkeypatch.setattr(sending, "ATTEMPTS", 1)
    monkeypatch.setattr(sending, "BLOCK_BYTES", 40_000)
