"""How long the installation takes: `up` on an empty home, on a running one, `down`, and `up` on a stopped one."""

from __future__ import annotations

from places import empty_home, seconds, silent

from mentor_dw.local import installation


def measure() -> dict[str, float]:
    """Seconds by step."""
    steps = {
        "up_empty_home": installation.up,
        "up_running": installation.up,
        "down": installation.down,
        "up_stopped": installation.up,
    }
    with empty_home():
        return {name: round(seconds(lambda step=step: step(silent)), 2) for name, step in steps.items()}
