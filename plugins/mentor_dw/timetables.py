"""When Airflow runs the DAG of an extract: in the morning of each day its package is made.

Registered by the plugin. The scheduler, the API server and every parse of the DAG file import it, so it stays cheap:
the calendar is read when the first day is asked for.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pendulum
from airflow.timetables.base import DagRunInfo, DataInterval, Timetable

from mentor_dw.delivery.specification.deadlines import made_on, newest_made
from mentor_dw.delivery.specification.model import Deadline
from mentor_dw.delivery.specification.periods import Cadence, Period
from mentor_dw.delivery.specification.read import read_specification

if TYPE_CHECKING:
    from airflow.timetables.base import TimeRestriction

#: O'clock in Copenhagen, before people come to work and well clear of the hours that summer time moves.
HOUR = 6
#: A DAG that never ran takes a day whose hour has just passed: between two looks of the scheduler the file may be read
#: again, and what was next would be forgotten.
JUST_PASSED = timedelta(hours=1)


class ReadyDays(Timetable):
    """Runs at 06:00 in Copenhagen on each day the package of extract `name` is made.

    Serialised with the promise itself, so that what is scheduled is what the specification said when the DAG was read.
    Without catch-up, a scheduler that was away runs the newest day that it missed, and a new DAG waits for its next.
    """

    def __init__(self, name: str) -> None:
        specification = read_specification(name)
        self._say(name, specification.cadence, specification.deadline)

    def _say(self, name: str, cadence: Cadence, promise: Deadline) -> None:
        self.name, self.cadence, self.promise = name, cadence, promise
        self.description = (
            f"At {HOUR:02d}:00 in Copenhagen, {promise.ready_days} working days before working day "
            f"{promise.working_day} of month {promise.months_after} after each {cadence}"
        )

    @property
    def summary(self) -> str:
        """What the list of DAGs shows."""
        return f"ready day of each {self.cadence}, {HOUR:02d}:00"

    def serialize(self) -> dict[str, Any]:
        """The promise as JSON."""
        return {"name": self.name, "cadence": self.cadence, "deadline": self.promise.model_dump(mode="json")}

    @classmethod
    def deserialize(cls, data: dict[str, Any]) -> Timetable:
        """The timetable that `serialize` wrote, without its specification's file."""
        made = cls.__new__(cls)
        made._say(data["name"], data["cadence"], Deadline.model_validate(data["deadline"]))
        return made

    def infer_manual_data_interval(self, *, run_after: pendulum.DateTime) -> DataInterval:
        """A run that somebody starts is of the moment it starts."""
        return DataInterval.exact(run_after)

    def next_dagrun_info(
        self, *, last_automated_data_interval: DataInterval | None, restriction: TimeRestriction
    ) -> DagRunInfo | None:
        """The next run after the last one; None when the DAG has ended by then."""
        now = pendulum.now("UTC")
        last = last_automated_data_interval.end if last_automated_data_interval else None
        if restriction.catchup:
            moment = self._after(last) if last else self._from(restriction.earliest or now)
        elif last is None:
            moment = self._from(max(now - JUST_PASSED, restriction.earliest or now))
        else:
            moment = max(self._after(last), self._newest(now))
        if restriction.earliest is not None and moment < restriction.earliest:
            moment = self._from(restriction.earliest)
        if restriction.latest is not None and moment > restriction.latest:
            return None
        return DagRunInfo.exact(moment)

    def _newest(self, moment: datetime) -> pendulum.DateTime:
        """The newest run by `moment`."""
        period = newest_made(self.promise, self.cadence, _day(moment))
        run = self._run(period)
        return run if run <= moment else self._run(period.previous())

    def _after(self, moment: datetime) -> pendulum.DateTime:
        """The first run after `moment`."""
        period = newest_made(self.promise, self.cadence, _day(moment))
        run = self._run(period)
        return run if run > moment else self._run(period.next())

    def _from(self, moment: datetime) -> pendulum.DateTime:
        """The first run at `moment` or after it."""
        newest = self._newest(moment)
        return newest if newest == moment else self._after(moment)

    def _run(self, period: Period) -> pendulum.DateTime:
        day = made_on(self.promise, period)
        return pendulum.datetime(day.year, day.month, day.day, HOUR, tz="Europe/Copenhagen").in_timezone("UTC")


def _day(moment: datetime) -> date:
    return pendulum.instance(moment).in_timezone("Europe/Copenhagen").date()
