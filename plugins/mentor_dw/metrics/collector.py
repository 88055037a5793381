"""The numbers as text: counted anew at every call, by a registry of its own."""

from __future__ import annotations

import os
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

from prometheus_client import CollectorRegistry
from prometheus_client.core import Metric
from prometheus_client.exposition import generate_latest

from mentor_dw.config import Settings, get_settings
from mentor_dw.database import connect
from mentor_dw.errors import DatabaseTrouble
from mentor_dw.metrics import families

_FROM_LEDGERS = (
    families.of_deliveries,
    families.of_freshness,
    families.of_builds,
    families.of_extracts,
    families.of_the_house,
)


class HouseCollector:
    """Counts when it is asked. A database that does not answer is told as a number, not as an error."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def collect(self) -> Iterator[Metric]:
        """All metrics; without a database those that need none."""
        info = families.gauge("info", "The version of the code.", "version")
        info.add_metric([version("mentor-dw")], 1)
        yield info
        yield from families.of_disks(self._settings)
        found: list[Metric] = []
        answers = families.gauge("database_up", "1 when the warehouse's database answers.")
        try:
            with connect("operator") as connection:
                for family in _FROM_LEDGERS:
                    found += family(connection, self._settings)
            answers.add_metric([], 1)
        except DatabaseTrouble:
            found.clear()
            answers.add_metric([], 0)
        yield answers
        yield from found

    def describe(self) -> list[Metric]:
        """Nothing is counted to learn the names."""
        return []


def as_text(settings: Settings | None = None) -> str:
    """All metrics in Prometheus' text format."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(HouseCollector(settings or get_settings()))
    return generate_latest(registry).decode()


def metrics_file(settings: Settings) -> Path:
    """The file for node_exporter's textfile collector."""
    return settings.metrics_file or settings.home / "metrics" / "mentor_dw.prom"


def write_metrics(settings: Settings) -> None:
    """Write the file so that a reader sees the old one or the new one, whole. Raises OSError when it cannot be.

    Everybody may read it: it holds counts, and whoever reads it for Prometheus is another user.
    """
    path = metrics_file(settings)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # The collector reads every file whose name ends in .prom.
    part = path.with_name(f".{path.name}.{os.getpid()}")
    with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644), "w", encoding="utf-8") as file:
        file.write(as_text(settings))
    part.replace(path)
