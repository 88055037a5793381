"""The report to the owner of a source about one delivery: Danish, Markdown, ready to mail, no personal values.

Rows are named by member and line number only; not even the source's own ids stand in it.
"""

from __future__ import annotations

from typing import Any

import psycopg

from mentor_dw.config import Settings
from mentor_dw.database import connect
from mentor_dw.feeds import Feed, load_feed
from mentor_dw.ledger.deliveries import delivery
from mentor_dw.ledger.listing import COPENHAGEN, quarantine_as_json
from mentor_dw.reporting.changes import changes
from mentor_dw.reporting.words import REFUSALS, rule_words

Connection = psycopg.Connection[dict[str, Any]]

#: Line numbers named per rule; the rest are counted.
LINES_NAMED = 20

_STATUS = {
    "accepted": "Leverancen er modtaget og er den gældende.",
    "superseded": "Leverancen er modtaget, men en nyere leverance er den gældende.",
    "refused": "Leverancen er afvist. Intet af den er indlæst.",
    "duplicate": "Leverancen er sendt før. Der er ikke sket noget.",
    "withdrawn": "Leverancen er trukket tilbage.",
    "received": "Leverancen er modtaget, men endnu ikke bedømt.",
}


def danish_report(delivery_id: int) -> str:
    """The report about a delivery. Raises MentorDwError when there is no such delivery."""
    with connect("loader") as connection:
        row = delivery(connection, delivery_id)
        feed = load_feed(row["source"])
        parts = [
            *_head(feed, row),
            *_quarantine(connection, row),
            *_counted("Advarsler (rækkerne er indlæst)", row["warnings"], lambda word: rule_words(word).danish),
            *_counted("Uoplyste værdier", row["unknown_values"], lambda field: field),
            *_drift(row),
            *_changes(connection, feed, row),
        ]
    return "\n".join(parts) + "\n"


def write_report(settings: Settings, feed: Feed, delivery_id: int) -> str:
    """Write the report below `reports/<source>/`; returns its path below the home."""
    with connect("loader") as connection:
        file_name = delivery(connection, delivery_id)["file_name"]
    folder = settings.reports / feed.source
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / f"{delivery_id}_{file_name}.md"
    path.write_text(danish_report(delivery_id), encoding="utf-8")
    path.chmod(0o600)
    return str(path.relative_to(settings.home))


def _head(feed: Feed, row: dict[str, Any]) -> list[str]:
    moment = (row["decided_at"] or row["received_at"]).astimezone(COPENHAGEN)
    lines = [
        f"# {feed.title}: {row['file_name']}",
        "",
        f"Til: {feed.owner.name} <{feed.owner.email}>",
        "",
        f"**{_STATUS[row['status']]}**",
        "",
        f"- Dækker til og med: {row['covers']}",
        f"- Bedømt: {moment:%d-%m-%Y kl. %H:%M}",
        f"- SHA-256: {row['sha256']}",
    ]
    if row["version"] is not None:
        lines.append(f"- Version: {row['version']}")
    if row["rejudged_from"] is not None:
        lines.append(f"- Bedømt på ny efter leverance nr. {row['rejudged_from']}")
    if row["override_reason"]:
        lines.append(f"- Taget ind trods afvisning, fordi: {row['override_reason']}")
    if row["status"] == "refused":
        refusal = REFUSALS[row["reason_code"]]
        lines += ["", f"Årsag: {refusal.cause}", "", f"Hvad nu: {refusal.danish}"]
        lines += ["", f"Teknisk besked: {row['reason']}"]
    if row["status"] == "duplicate":
        lines += ["", f"Samme indhold som leverance nr. {row['duplicate_of']}."]
    if row["members"]:
        lines += ["", "## Rækker", "", "| fil | læst | sat til side |", "|---|---:|---:|"]
        lines += [
            f"| {name} | {count['rows_read']} | {count['rows_quarantined']} |" for name, count in row["members"].items()
        ]
    return lines


def _quarantine(connection: Connection, row: dict[str, Any]) -> list[str]:
    rows = quarantine_as_json(connection, row["delivery_id"])
    if not rows:
        return []
    lines = ["", "## Rækker sat til side", ""]
    if row["status"] == "refused":
        lines += ["De første rækker af hver slags:", ""]
    grouped: dict[tuple[str, str, str], list[int]] = {}
    for one in rows:
        grouped.setdefault((one["member"], one["field"] or "", one["rule"]), []).append(one["line_number"])
    for (member, field, rule), numbers in grouped.items():
        named = ", ".join(map(str, numbers[:LINES_NAMED]))
        more = f" og {len(numbers) - LINES_NAMED} til" if len(numbers) > LINES_NAMED else ""
        where = f"{member}, {field}" if field else member
        lines.append(f"- {where}: {rule_words(rule).danish} Linje {named}{more}.")
    return lines


def _counted(title: str, counts: dict[str, dict[str, int]], words: Any) -> list[str]:
    if not counts:
        return []
    lines = ["", f"## {title}", ""]
    for member, found in counts.items():
        lines += [f"- {member}: {words(name)} {count} rækker." for name, count in found.items()]
    return lines


def _drift(row: dict[str, Any]) -> list[str]:
    if not row["drift"]:
        return []
    lines = ["", "## Ukendte filer og kolonner (ikke indlæst)", ""]
    for one in row["drift"]:
        lines.append(f"- {one['member']}" + (f", kolonnen {one['column']}" if one["column"] else ""))
    return lines


def _changes(connection: Connection, feed: Feed, row: dict[str, Any]) -> list[str]:
    if row["version"] is None:
        return []
    before = connection.execute(
        """
        select delivery_id, file_name, version from ops.delivery
        where
            source = %(source)s
            and status in ('accepted', 'superseded')
            and (covers, version) < (%(covers)s, %(version)s)
        order by covers desc, version desc
        limit 1
        """,
        row,
    ).fetchone()
    if before is None:
        return []
    lines = [
        "",
        f"## Ændret siden {before['file_name']} (version {before['version']})",
        "",
        "| fil | nye | forsvundne | ændrede |",
        "|---|---:|---:|---:|",
    ]
    for name, change in changes(connection, feed, row["delivery_id"], before["delivery_id"]).items():
        lines.append(f"| {name} | {change.added} | {change.removed} | {change.changed} |")
    return lines
