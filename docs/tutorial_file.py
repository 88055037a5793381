"""The file of the tutorial: a delivery of web registrations, `right` or `broken`, written into the folder `practice`.

Broken, three rows have a date that does not exist, and one has ten hours too much.
"""

from __future__ import annotations

import csv
import io
import sys
import zipfile
from pathlib import Path

SAMPLE = Path("practice/sample/webreg/webreg_2011-02-28.zip")
OUT = Path("practice/webreg_2011-03-31.zip")
MEMBER = "tidsforbrug.csv"
#: What the evaluation printed was counted on this day.
CUT_OFF = "2008-09-10"


def spoiled(text: str) -> str:
    """The member with its faults."""
    lines = io.StringIO(text, newline="")
    rows = list(csv.DictReader(lines, delimiter=";"))
    counted = [row for row in rows if row["dato"] <= CUT_OFF and row["minutter"].isdigit()]
    counted[0]["minutter"] = str(int(counted[0]["minutter"]) + 600)
    for row in counted[-3:]:
        row["dato"] = row["dato"][:5] + "02-30"
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, rows[0], delimiter=";", lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def main(broken: bool) -> None:
    """Write the delivery."""
    OUT.parent.mkdir(exist_ok=True)
    with zipfile.ZipFile(SAMPLE) as sample, zipfile.ZipFile(OUT, "w", zipfile.ZIP_DEFLATED) as out:
        for name in sample.namelist():
            content = sample.read(name)
            if name == MEMBER and broken:
                content = spoiled(content.decode("utf-8-sig")).encode("utf-8")
            out.writestr(name, content)
    print(OUT)


if __name__ == "__main__":
    main(broken=sys.argv[1] == "broken")
