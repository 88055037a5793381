"""Deliveries that lie in files, as the plain implementation takes them: rows of text by member, nothing judged."""

from __future__ import annotations

import csv
import gzip
import io
import zipfile
from pathlib import Path

from register_files import Delivery, Line


def read_delivery(path: Path) -> Delivery:
    """A delivery of any source; `path` is named as the sources name theirs."""
    source, _, covers = path.name.split(".")[0].partition("_")
    content = path.read_bytes()
    encoding = {"webreg": "utf-8-sig", "biflis": "cp1252", "dream": "ascii"}[source]
    if source == "dream":
        members = {"": gzip.decompress(content)}
    else:
        with zipfile.ZipFile(path) as archive:
            members = {member: archive.read(member) for member in archive.namelist()}
    columns: dict[str, list[str]] = {}
    lines: dict[str, list[Line]] = {}
    for member, held in members.items():
        reader = csv.reader(io.StringIO(held.decode(encoding), newline=""), delimiter=";", strict=True)
        head = columns[member] = next(reader)
        lines[member] = [Line(dict(zip(head, row, strict=True))) for row in reader]
    return Delivery(source, covers, path.name, columns, lines, content)
