"""Which ids of a source stand for one person, so that another person behind one is worth a look."""

from __future__ import annotations

import pytest

from mentor_dw.feeds import load_feed
from mentor_dw.landing.candidates import ids_of_persons


@pytest.mark.parametrize(
    ("source", "ids"),
    [
        ("webreg", [("borgere.csv", "borger_id")]),
        (
            "biflis",
            [
                ("kontaktforloeb.csv", "kontaktforloeb_id"),
                ("mentorforloeb.csv", "mentorforloeb_id"),
                ("tilbud.csv", "tilbud_id"),
            ],
        ),
        ("dream", []),
    ],
)
def test_ids_that_stand_for_one_person(source: str, ids: list[tuple[str, str]]) -> None:
    assert sorted(ids_of_persons(load_feed(source))) == ids
