"""A file is entered into the ledger only when it can be read."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest

from mentor_dw.errors import MentorDwError
from mentor_dw.feeds import load_feed
from mentor_dw.ingest.take import arrival_of

NOBODY = 65534


@pytest.fixture
def unreadable():
    """A delivery that the present user may see but not read; root becomes nobody for the test."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        path = Path(folder) / "webreg_2011-02-28.zip"
        path.write_bytes(b"x")
        path.chmod(0)
        is_root = os.geteuid() == 0
        if is_root:
            os.seteuid(NOBODY)
        try:
            yield path
        finally:
            if is_root:
                os.seteuid(0)


def test_a_file_that_may_not_be_read_is_named_with_what_to_do(unreadable):
    with pytest.raises(MentorDwError, match=r"webreg_2011-02-28\.zip may not be read.*right to read"):
        arrival_of(load_feed("webreg"), unreadable)
