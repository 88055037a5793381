"""What the tests of extracts have in common: a house without Airflow, its receiver, and a process that is killed."""

from __future__ import annotations

import os
import signal
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mentor_dw.config import Settings
from mentor_dw.database import connect
from mentor_dw.delivery.flow_calendar import ledger_rows
from mentor_dw.delivery.flow_send import read_receipts
from mentor_dw.feeds import load_feed
from mentor_dw.ingest.take import Outcome, take
from mentor_dw.local.demo_receiver import start_demo_receiver, stop_demo_receiver

WAVE = Path(__file__).resolve().parents[2] / "fixtures" / "waves" / "wave1" / "step1"
#: Each with a period that the example deliveries fill.
FIVE = {
    "ministeriet_oekonomi": "2015",
    "star_mentorforloeb": "2015-08",
    "star_udfald": "2014K4",
    "star_webregistrering": "2008",
    "forskning_forloeb": "2015",
}
REFUSAL = "Tabellen over status 12 måneder efter start mangler en forklaring."


def quiet(_: str) -> None:
    """Progress that nobody reads."""


@dataclass
class House:
    """An installed home with a receiver beside it."""

    settings: Settings
    receiver: dict[str, Any]

    def take(self, path: Path) -> Outcome:
        """Take a file as its source's newest delivery."""
        source = path.name.split("_")[0]
        inbox = self.settings.inbox / source / path.name
        inbox.write_bytes(path.read_bytes())
        return take(inbox, load_feed(source), quiet)

    def answers(self, seconds: float = 60) -> None:
        """Read kvitteringer until nobody owes one."""
        deadline = time.monotonic() + seconds
        while [row for row in ledger_rows() if row["step"] == "sent"]:
            assert time.monotonic() < deadline, "the receiver does not answer"
            read_receipts(say=quiet)
            time.sleep(0.1)

    def at_receiver(self, receiver: str) -> list[str]:
        """The names of what lies at a receiver."""
        return sorted(path.name for path in Path(self.receiver[receiver]["folder"]).iterdir())

    def refuses(self, patterns: dict[str, str]) -> None:
        """From now on the receiver refuses these."""
        stop_demo_receiver(self.settings.home)
        self.receiver = start_demo_receiver(self.settings.home, quiet, patterns)


def killed_before(module: Any, name: str, work: Callable[[], object]) -> None:
    """Do `work` in a process of its own, killed with SIGKILL when it is about to call `name` of `module`."""
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        setattr(module, name, lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL))
        try:
            work()
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(0)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL, f"{name} was never called"


def rows(query: str, *values: Any, role: str = "owner") -> list[dict[str, Any]]:
    """What a query gives."""
    with connect(role) as connection:
        return connection.execute(query, values).fetchall()
