"""The seed of Danish public holidays, written from the `holidays` package.

Committed so that a build needs nothing but files; run `python -m mentor_dw.warehouse.calendar_seed` after a new
release of the package. Store bededag is a holiday to 2023 (lov nr. 214 af 6. marts 2023).
"""

from __future__ import annotations

import csv
import io
from pathlib import Path

import holidays

from mentor_dw.config import PROJECT_ROOT

SEED = PROJECT_ROOT / "dbt_project" / "seeds" / "calendar" / "helligdage.csv"

#: The years of var calendar_from to calendar_to in dbt_project.yml.
YEARS = range(1990, 2036)


def render_seed() -> str:
    """The seed as text: dato (ISO), navn (Danish), in order of date."""
    days = holidays.country_holidays("DK", years=YEARS, language="da")
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["dato", "navn"])
    writer.writerows([day.isoformat(), days[day]] for day in sorted(days))
    return out.getvalue()


def write_seed() -> Path:
    """Write the seed; returns the file."""
    SEED.parent.mkdir(parents=True, exist_ok=True)
    SEED.write_text(render_seed(), encoding="utf-8")
    return SEED


if __name__ == "__main__":
    print(write_seed().relative_to(PROJECT_ROOT))
