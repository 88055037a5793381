"""Files that change, go or are exchanged between two looks at them."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from cases import contents_of, wide_bytes, zip_bytes

from mentor_dw.config import Settings
from mentor_dw.database import connect
from mentor_dw.errors import MentorDwError
from mentor_dw.feeds import load_feed
from mentor_dw.identity.keys import ensure_keys
from mentor_dw.ingest import take_waiting

pytestmark = pytest.mark.postgres
# The package calls its function by the same name.
taking = import_module("mentor_dw.ingest.take")


def quiet(line: str) -> None:
    """Progress that nobody reads."""


def exchanged(path: Path) -> None:
    """Other content of the same size, with the time of the first."""
    content, facts = path.read_bytes(), path.stat()
    new = path.with_name(".new")
    new.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    os.utime(new, ns=(facts.st_atime_ns, facts.st_mtime_ns))
    new.replace(path)


def grown(path: Path) -> None:
    with path.open("ab") as handle:
        handle.write(b"more")


@pytest.fixture(scope="module")
def home(warehouse: Settings) -> Settings:
    ensure_keys(warehouse.secrets)
    warehouse.settle_seconds = 0
    return warehouse


def delivered(home: Settings, source: str) -> Path:
    name = "dream_2016-03.csv" if source == "dream" else f"{source}_2016-05.zip"
    name = "webreg_2016-05-31.zip" if source == "webreg" else name
    path = home.inbox / source / name
    path.write_bytes(wide_bytes() if source == "dream" else zip_bytes(contents_of(source)))
    return path


@pytest.mark.parametrize("source", ["webreg", "dream"])
@pytest.mark.parametrize("what", [Path.unlink, grown, exchanged])
@pytest.mark.parametrize("when", ["while it is looked at", "before it is read"])
def test_a_file_that_is_another_one_meanwhile_is_not_taken(
    home: Settings, source: str, what: Callable[[Path], None], when: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = delivered(home, source)
    if when == "before it is read":
        whole = taking.look_at

        def after_look(feed, path, *more):
            found = whole(feed, path, *more)
            what(path)
            return found

        monkeypatch.setattr(taking, "look_at", after_look)
    else:
        name = "scan" if source == "dream" else "sha256_of"
        read = getattr(taking, name)

        def after_read(path, *more):
            found = read(path, *more)
            what(path)
            return found

        monkeypatch.setattr(taking, name, after_read)
    with pytest.raises(MentorDwError) as told:
        take_waiting(source, quiet)
    monkeypatch.undo()
    assert str(told.value)
    with connect("loader") as connection:
        rows = connection.execute(
            "select status from ops.delivery where source = %s and status <> 'received'", (source,)
        ).fetchall()
    assert rows == []
    path.unlink(missing_ok=True)
    (path.parent / ".new").unlink(missing_ok=True)


def test_a_file_that_may_not_be_read_stays_and_the_run_says_so(home: Settings) -> None:
    path = delivered(home, "biflis")
    path.chmod(0)
    if os.access(path, os.R_OK):
        path.unlink()
        pytest.skip("this user may read everything")
    with pytest.raises(MentorDwError, match="may not be read"):
        take_waiting("biflis", quiet)
    path.unlink()


def test_a_name_whose_day_has_not_begun_is_no_delivery_of_the_source() -> None:
    feed = load_feed("webreg")
    with pytest.raises(MentorDwError, match="not the name of a delivery"):
        taking.look_at(feed, Path("webreg_9999-12-31.zip"))
