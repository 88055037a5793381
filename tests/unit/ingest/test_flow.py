"""What the log of a run says about each delivery."""

from __future__ import annotations

import logging

import pytest

from mentor_dw.errors import MentorDwError
from mentor_dw.ingest.flow import tell_outcomes


def test_a_refused_delivery_is_an_error_in_the_log_and_ends_the_task(caplog: pytest.LogCaptureFixture) -> None:
    good = {"file_name": "biflis_2016-05.zip", "status": "accepted", "reason": None}
    bad = {"file_name": "biflis_2016-06.zip", "status": "refused", "reason": "the file is empty"}
    with caplog.at_level(logging.INFO), pytest.raises(MentorDwError, match="1 refused.*06.zip: the file is empty"):
        tell_outcomes([good, bad])
    assert [(record.levelname, record.message) for record in caplog.records] == [
        ("INFO", "biflis_2016-05.zip: accepted"),
        ("ERROR", "biflis_2016-06.zip: refused (the file is empty)"),
    ]
    assert tell_outcomes([good]) == "1 taken, none refused"
