"""Runs one case of the matrix, named as in the report, and prints what was found: `python one_case.py "NAME"`."""

from __future__ import annotations

import json
import sys

from crash_cases import every_case
from matrix import Matrix

if __name__ == "__main__":
    cases = every_case()
    if len(sys.argv) != 2 or sys.argv[1] not in cases:
        raise SystemExit("\n".join(cases))
    matrix = Matrix()
    try:
        print(json.dumps(matrix.disturbed(cases[sys.argv[1]]), indent=1))
    finally:
        matrix.close()
