"""A small source and a way to pack deliveries of it."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from mentor_dw.feeds import Feed, read_feed

FEED_FILE = Path(__file__).parents[2] / "fixtures" / "feeds" / "people.yml"
PEOPLE = b"human_id;cpr;note\n1;6101011234;\n"
THINGS = b"thing_id;owner_id;name;bought;hour;amount\n1;1;ball;;;\n"


@pytest.fixture(scope="session")
def feed() -> Feed:
    return read_feed(FEED_FILE)


@pytest.fixture
def pack(tmp_path: Path) -> Callable[..., Path]:
    """pack(people=bytes, things=bytes, extra=[(name or ZipInfo, bytes)]) -> path of the zip; None leaves one out."""

    def packed(
        people: bytes | None = PEOPLE,
        things: bytes | None = THINGS,
        extra: Iterable[tuple[str | zipfile.ZipInfo, bytes]] = (),
    ) -> Path:
        path = tmp_path / "people_2020-01-31.zip"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in (("people.csv", people), ("things.csv", things)):
                if content is not None:
                    archive.writestr(name, content)
            for name, content in extra:
                archive.writestr(name, content, zipfile.ZIP_DEFLATED)
        return path

    return packed
