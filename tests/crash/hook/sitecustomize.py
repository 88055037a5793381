"""Python imports this by itself in every process that has the folder in PYTHONPATH: see kill_at.py."""

import os

if os.environ.get("TEST_KILL_PLAN"):
    import kill_at

    kill_at.watch()
