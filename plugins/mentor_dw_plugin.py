"""The thin Airflow plugin. What it offers lives in the package `mentor_dw`, never here: Airflow executes this file."""

from __future__ import annotations

from airflow.plugins_manager import AirflowPlugin


class MentorDwPlugin(AirflowPlugin):
    """Makes the house known to Airflow's plugin list; pages and timetables hang here."""

    name = "mentor_dw"
