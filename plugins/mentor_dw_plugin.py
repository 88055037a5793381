"""The thin Airflow plugin. What it offers lives in the package `mentor_dw`, never here: Airflow executes this file."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from airflow.plugins_manager import AirflowPlugin


class MentorDwPlugin(AirflowPlugin):
    """Makes the house known to Airflow's plugin list; pages and timetables hang here."""

    name = "mentor_dw"

    @cached_property
    def fastapi_apps(self) -> list[dict[str, Any]]:
        """Asked for by the API server alone; every other process is spared the import."""
        from mentor_dw.portal.app import portal
        from mentor_dw.portal.menu import PREFIX

        return [{"app": portal(), "url_prefix": PREFIX, "name": "mentor-dw"}]

    @cached_property
    def external_views(self) -> list[dict[str, Any]]:
        """The pages in Airflow's menu."""
        from mentor_dw.portal.menu import external_views

        return external_views()

    @cached_property
    def timetables(self) -> list[type]:
        """Asked for by whoever reads or writes the schedule of a DAG."""
        from mentor_dw.timetables import ReadyDays

        return [ReadyDays]
