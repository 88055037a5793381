"""`mentor-dw up --watch`: whatever of this home was killed is started again, for as long as nobody says `down`.

For one machine. It looks for processes that are gone and nothing else; how the house does is for alerts to tell. In
containers, the engine does the same.
"""

from __future__ import annotations

import time

from mentor_dw.config import Settings, get_settings
from mentor_dw.errors import MentorDwError
from mentor_dw.local import airflow_services as airflow
from mentor_dw.local.folders import read_notes
from mentor_dw.local.installation import WANTED, Say, alone, up
from mentor_dw.local.postgres import EmbeddedPostgres
from mentor_dw.trouble import shortage

LOOK_SECONDS = 3.0
#: After an attempt that failed: what is wrong (a full disk, a port that is taken) is rarely mended sooner.
PAUSE_SECONDS = 30.0


def watch(say: Say) -> None:
    """Start again what is gone, until somebody runs `mentor-dw down`. What cannot be started is tried again."""
    settings = get_settings()
    pause = LOOK_SECONDS
    while True:
        time.sleep(pause)
        pause = LOOK_SECONDS
        # An `up` or `down` of somebody else is over when we look.
        with alone(settings):
            if read_notes(settings).get(WANTED) == "down":
                say("The house was stopped by `mentor-dw down`; the watch ends.")
                return
            gone = _gone(settings)
        if not gone:
            continue
        say(f"gone: {', '.join(gone)}")
        try:
            up(say)
        except (MentorDwError, OSError) as error:
            told = error if isinstance(error, MentorDwError) else shortage(error) or type(error).__name__
            say(f"{told} It is tried again in {PAUSE_SECONDS:.0f} seconds.")
            pause = PAUSE_SECONDS


def _gone(settings: Settings) -> list[str]:
    """The parts of the house that do not run."""
    gone = [name for name, service in airflow.services(settings).items() if not service.is_running()]
    if settings.dsn is None and not EmbeddedPostgres(settings).is_alive():
        gone.insert(0, "PostgreSQL")
    return gone
