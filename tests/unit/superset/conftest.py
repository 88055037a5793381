"""What Superset runs lies outside of the package, and what is tried of it here imports nothing of Superset."""

from __future__ import annotations

import sys

from mentor_dw.config import PROJECT_ROOT

sys.path.insert(0, str(PROJECT_ROOT / "superset"))
