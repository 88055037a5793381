"""The schedule of an extract's DAG: every ready day at six in the morning, through Airflow's own serialisation."""

from __future__ import annotations

import json
import os
from datetime import date
from itertools import pairwise
from pathlib import Path

import pendulum
import pytest

from mentor_dw.config import PROJECT_ROOT
from mentor_dw.delivery.specification.read import read_specification
from mentor_dw.errors import MentorDwError

EXAMPLES = Path(__file__).parents[3] / "fixtures" / "extracts"
MODELS = EXAMPLES / "models"

DATA = {"name": "star_eksempel", "cadence": "month", "deadline": {"working_day": 10, "ready_days": 3}}


@pytest.fixture(scope="module", autouse=True)
def airflow_home(tmp_path_factory) -> None:
    """Airflow writes its settings where it is told, at its first import."""
    os.environ.setdefault("AIRFLOW_HOME", str(tmp_path_factory.mktemp("airflow")))


@pytest.fixture
def plugins(monkeypatch):
    """The plugins as a process of Airflow finds them that was told the folder of the project."""
    from airflow import plugins_manager, settings

    monkeypatch.setattr(settings, "PLUGINS_FOLDER", str(PROJECT_ROOT / "plugins"))
    caches = (plugins_manager._get_plugins, plugins_manager.get_timetables_plugins)
    for cached in caches:
        cached.cache_clear()
    yield
    for cached in caches:
        cached.cache_clear()


@pytest.fixture
def timetable():
    from mentor_dw.timetables import ReadyDays

    return ReadyDays.deserialize(DATA)


def runs(timetable, start: str, end: str, catchup: bool = True) -> list[pendulum.DateTime]:
    """The runs that Airflow makes one after the other."""
    from airflow.timetables.base import TimeRestriction

    restriction = TimeRestriction(pendulum.parse(start), pendulum.parse(end), catchup)
    found, last = [], None
    while (info := timetable.next_dagrun_info(last_automated_data_interval=last, restriction=restriction)) is not None:
        found.append(info.run_after)
        last = info.data_interval
    return found


def test_it_runs_on_every_ready_day_of_2008_to_2035_at_six(timetable, own) -> None:
    found = runs(timetable, "2008-01-01", "2035-12-31")
    local = [moment.in_timezone("Europe/Copenhagen") for moment in found]
    assert {(moment.hour, moment.minute, moment.second) for moment in local} == {(6, 0, 0)}
    assert {moment.hour for moment in found} == {4, 5}, "summer time and winter time"
    expected = [own.before(own.nth(y, m, 10), 3) for y in range(2008, 2036) for m in range(1, 13)]
    assert [date(moment.year, moment.month, moment.day) for moment in local] == expected
    assert all(a < b for a, b in pairwise(found))


def test_start_and_end_are_within(timetable) -> None:
    moment = "2016-03-09T06:00:00+01:00"
    assert [one.isoformat() for one in runs(timetable, moment, moment)] == ["2016-03-09T05:00:00+00:00"]
    assert runs(timetable, "2016-03-09T06:00:01+01:00", "2016-03-31") == []


@pytest.mark.parametrize(
    ("now", "last", "expected"),
    [
        # New: waits for its next day, unless its hour has just struck.
        ("2016-03-09T05:59", None, "2016-03-09T06:00"),
        ("2016-03-09T06:30", None, "2016-03-09T06:00"),
        ("2016-03-09T07:30", None, "2016-04-11T06:00"),
        # Known: after its last run the next day, and a day that was missed as soon as may be, the newest alone.
        ("2016-03-09T06:30", "2016-03-09T06:00", "2016-04-11T06:00"),
        ("2016-03-20T12:00", "2016-02-09T06:00", "2016-03-09T06:00"),
        ("2016-05-20T12:00", "2016-02-09T06:00", "2016-05-11T06:00"),
        ("2016-03-09T06:30", "2016-03-08T06:00", "2016-03-09T06:00"),
    ],
)
def test_without_catch_up_only_the_newest_day_is_made_good(timetable, monkeypatch, now, last, expected) -> None:
    from airflow.timetables.base import DataInterval, TimeRestriction

    moment = {
        text: pendulum.parse(text, tz="Europe/Copenhagen").in_timezone("UTC") for text in (now, last, expected) if text
    }
    monkeypatch.setattr(pendulum, "now", lambda tz: moment[now])
    info = timetable.next_dagrun_info(
        last_automated_data_interval=DataInterval.exact(moment[last]) if last else None,
        restriction=TimeRestriction(pendulum.datetime(2008, 1, 1), None, False),
    )
    assert info.run_after == info.data_interval.start == moment[expected]


def test_airflow_writes_and_reads_it_with_the_plugin_of_the_project(timetable, plugins) -> None:
    from airflow.sdk import DAG
    from airflow.serialization.serialized_objects import DagSerialization

    dag = DAG("extract_x", schedule=timetable, start_date=pendulum.datetime(2026, 1, 1))
    written = json.dumps(DagSerialization.to_dict(dag))
    read = DagSerialization.from_dict(json.loads(written)).timetable
    assert type(read) is type(timetable)
    assert read.serialize() == timetable.serialize()
    assert read.serialize()["deadline"] == {"working_day": 10, "ready_days": 3, "months_after": 1, "receipt_days": 2}
    assert (read.summary, read.description) == (timetable.summary, timetable.description)
    assert runs(read, "2016-03-01", "2016-12-31") == runs(timetable, "2016-03-01", "2016-12-31")


def test_a_dag_names_its_extract(monkeypatch) -> None:
    from mentor_dw import timetables

    monkeypatch.setattr(timetables, "read_specification", lambda name: read_specification(name, EXAMPLES, MODELS))
    made = timetables.ReadyDays("forskning_eksempel")
    assert made.serialize()["name"] == "forskning_eksempel"
    assert [one.year for one in runs(made, "2016-01-01", "2018-01-01")] == [2016, 2017]
    with pytest.raises(MentorDwError, match="No extract is called"):
        timetables.ReadyDays("andet")
