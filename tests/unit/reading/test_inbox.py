"""What is taken from an inbox folder, when and in which order."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from mentor_dw.reading.inbox import covers_of, waiting


def put(folder: Path, name: str, modified: float | None = None) -> Path:
    path = folder / name
    path.write_bytes(b"x")
    if modified is not None:
        os.utime(path, (modified, modified))
    return path


def test_no_folder_is_an_empty_one(tmp_path, feed):
    found = waiting(feed, tmp_path / "nowhere", 10)
    assert (found.ready, found.unsettled, found.unrecognised) == ([], [], [])


def test_order_is_covered_day_then_modification_then_name(tmp_path, feed):
    put(tmp_path, "people_2020-03-01.zip", 1_000)
    put(tmp_path, "people_2020-01-01.zip", 3_000)
    put(tmp_path, "people_2020-02-01.zip", 2_000)
    found = waiting(feed, tmp_path, 10, now=time.time() + 60)
    assert [file.covers for file in found.ready] == ["2020-01-01", "2020-02-01", "2020-03-01"]
    assert found.ready[0].modified_at == 3_000
    assert found.ready[0].path == tmp_path / "people_2020-01-01.zip"


def test_settled_counts_from_the_last_change_of_content_or_place(tmp_path, feed):
    # An old modification time, but it came just now.
    put(tmp_path, "people_2020-01-01.zip", 1_000)
    now = time.time()
    assert [f.name for f in waiting(feed, tmp_path, 10, now=now + 5).unsettled] == ["people_2020-01-01.zip"]
    assert [f.name for f in waiting(feed, tmp_path, 10, now=now + 11).ready] == ["people_2020-01-01.zip"]
    assert waiting(feed, tmp_path, 0).ready


def test_a_checksum_file_that_just_came_holds_its_delivery_back(tmp_path, feed):
    put(tmp_path, "people_2020-01-01.zip")
    time.sleep(0.05)
    before = time.time()
    put(tmp_path, "people_2020-01-01.zip.sha256")
    assert waiting(feed, tmp_path, 10, now=before + 9.99).unsettled
    assert waiting(feed, tmp_path, 10, now=time.time() + 10).ready


def test_a_modification_time_in_the_future_does_not_hold_a_file_back_for_ever(tmp_path, feed):
    put(tmp_path, "people_2020-01-01.zip", time.time() + 1e6)
    assert waiting(feed, tmp_path, 10, now=time.time() + 11).ready


def test_uploads_hidden_files_and_checksum_files_are_left_alone(tmp_path, feed):
    for name in ("people_2020-01-01.zip.part", ".people_2020-01-01.zip.x", "people_2020-01-01.zip.sha256"):
        put(tmp_path, name)
    found = waiting(feed, tmp_path, 0)
    assert (found.ready, found.unsettled, found.unrecognised) == ([], [], [])


def test_links_and_folders_are_not_taken(tmp_path, feed):
    target = put(tmp_path, "elsewhere")
    (tmp_path / "people_2020-01-01.zip").symlink_to(target)
    (tmp_path / "people_2020-01-02.zip").mkdir()
    found = waiting(feed, tmp_path, 0)
    assert found.ready == []
    assert found.unrecognised == ["elsewhere", "people_2020-01-01.zip", "people_2020-01-02.zip"]


def test_a_pipe_is_not_opened(tmp_path, feed):
    os.mkfifo(tmp_path / "people_2020-01-01.zip")
    assert waiting(feed, tmp_path, 0).ready == []


def test_unrecognised_names_are_masked(tmp_path, feed):
    put(tmp_path, "borger 610101-1234.zip")
    put(tmp_path, "log.sha256")
    assert waiting(feed, tmp_path, 0).unrecognised == ["borger ******-****.zip", "log.sha256"]


@pytest.mark.parametrize(
    "name",
    [
        "people_2011-02-31.zip",
        "people_0000-01-01.zip",
        "people_2011-13-01.zip",
        "people_\u0662\u0660\u0662\u0660-01-01.zip",
        "people_2020-01-01.zip\n",
        "people_2020-01-01.ZIP",
        "xpeople_2020-01-01.zip",
    ],
)
def test_names_that_are_no_delivery(feed, name):
    assert covers_of(feed, name) is None


def test_a_month_is_covered_by_its_name(feed):
    file = feed.file.model_copy(update={"pattern": r"people_(?P<covers>\d{4}-\d{2})\.csv", "covers": "month"})
    monthly = feed.model_copy(update={"file": file})
    assert covers_of(monthly, "people_2016-12.csv") == "2016-12"
    assert covers_of(monthly, "people_2016-13.csv") is None
