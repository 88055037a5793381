"""The report to the owner of a source about one delivery: Danish, Markdown, ready to mail, no personal values.

Rows are named by member and line number only; not even the source's own ids stand in it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import psycopg

from mentor_dw.config import COPENHAGEN, Settings
from mentor_dw.database import connect
from mentor_dw.feeds import Feed, load_feed
from mentor_dw.ledger.deliveries import delivery
from mentor_dw.ledger.listing import quarantine_as_json
from mentor_dw.reporting import danish
from mentor_dw.reporting.changes import compare
from mentor_dw.reporting.explain import explained, names_in_danish, refusal_in_danish
from mentor_dw.reporting.words import REFUSALS, rule_words

Connection = psycopg.Connection[dict[str, Any]]

#: Line numbers named per rule; the rest are counted.
LINES_NAMED = 20

#: How a report's name ends until it is written; it begins with a full stop then.
PART = ".part"

#: What the one file of a wide delivery is called where members have names.
THE_FILE = "filen"

_STATUS = {
    "accepted": "Leverancen er modtaget og er den gældende.",
    "superseded": "Leverancen er modtaget, men en nyere leverance er den gældende.",
    "refused": "Leverancen er afvist. Intet af den er indlæst.",
    "duplicate": "Leverancen er sendt før. Der er ikke sket noget.",
    "withdrawn": "Leverancen er trukket tilbage.",
    "received": "Leverancen er modtaget, men endnu ikke bedømt.",
}
_SUBJECT = {
    "accepted": "er modtaget",
    "superseded": "er modtaget",
    "refused": "er afvist",
    "duplicate": "er sendt før",
    "withdrawn": "er trukket tilbage",
    "received": "bliver bedømt",
}


def danish_report(delivery_id: int) -> str:
    """The report about a delivery. Raises MentorDwError when there is no such delivery."""
    with connect("loader") as connection:
        row = delivery(connection, delivery_id)
        feed = load_feed(row["source"])
        parts = [
            *_head(feed, row),
            *_verdict(row),
            *_bad_rows(connection, feed, row),
            *_warnings(feed, row),
            *_unknown(feed, row),
            *_drift(row),
            *_rows(feed, row),
            *_changes(connection, feed, row),
            *_for_reference(row),
        ]
    return "\n".join(parts) + "\n"


def write_report(settings: Settings, feed: Feed, delivery_id: int) -> str:
    """Write the report below `reports/<source>/`; returns its path below the home."""
    draft = mark_report(settings, feed, delivery_id)
    draft.write_text(danish_report(delivery_id), encoding="utf-8")
    path = draft.with_name(draft.name.removeprefix(".").removesuffix(PART))
    draft.replace(path)
    return str(path.relative_to(settings.home))


def mark_report(settings: Settings, feed: Feed, delivery_id: int) -> Path:
    """Mark the report of a delivery as one to be written, before what it tells is changed; the file that says so.

    A run that is killed before `write_report` leaves the mark to `finish_reports`.
    """
    with connect("loader") as connection:
        file_name = delivery(connection, delivery_id)["file_name"]
    folder = settings.reports / feed.source
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = folder / f".{delivery_id}_{file_name}.md{PART}"
    draft.touch(mode=0o600)
    draft.chmod(0o600)
    return draft


def finish_reports(settings: Settings, feed: Feed) -> None:
    """Write the reports that a killed run had marked or half written."""
    for draft in sorted((settings.reports / feed.source).glob(f".*.md{PART}")):
        delivery_id = int(draft.name.removeprefix(".").partition("_")[0])
        with connect("loader") as connection:
            known = connection.execute("select 1 from ops.delivery where delivery_id = %s", (delivery_id,)).fetchone()
        if known:
            write_report(settings, feed, delivery_id)
        else:
            draft.unlink()  # the ledger is an older one, brought back from a backup


def _head(feed: Feed, row: dict[str, Any]) -> list[str]:
    subject = f"{row['file_name']} {_SUBJECT[row['status']]}"
    if row["rows_quarantined"]:
        subject += f"; {danish.rows(row['rows_quarantined'])} skal rettes"
    return [
        f"# {feed.title}: {row['file_name']}",
        "",
        f"Til: {feed.owner.name} <{feed.owner.email}>",
        f"Emne: {subject}",
        "",
        f"**{_STATUS[row['status']]}**",
    ]


def _verdict(row: dict[str, Any]) -> list[str]:
    """What became of the delivery, and what she is asked to do."""
    lines = ["", f"Den viser registreringerne til og med {danish.covered(row['covers'])}."]
    if row["status"] in ("accepted", "superseded"):
        lines.append(
            f"Vi har læst {danish.rows(row['rows_read'])}, og {danish.number(row['rows_accepted'])} er indlæst."
        )
        if row["rows_quarantined"]:
            lines.append(
                f"{danish.rows(row['rows_quarantined'])} har fejl og er sat til side. "
                "De tæller ikke med, før de er rettet og sendt igen."
            )
        else:
            lines.append("Ingen rækker er sat til side.")
    if row["override_reason"]:
        lines += ["", f"Leverancen var afvist, men er taget ind alligevel. Begrundelse: {row['override_reason']}"]
    if row["status"] == "refused":
        refusal = REFUSALS[row["reason_code"]]
        where = refusal_in_danish(row["reason"]) or f"Systemets besked på engelsk: {row['reason']}"
        lines.append("Tallene bygger fortsat på den seneste leverance, der er modtaget.")
        lines += ["", f"- Årsag: {refusal.cause}", f"- Nærmere: {danish.plain(where)}", f"- Hvad nu: {refusal.danish}"]
    if row["status"] == "duplicate":
        lines += ["", f"Indholdet er det samme som i leverance nr. {row['duplicate_of']}. Der skal ikke gøres noget."]
    if row["status"] == "withdrawn":
        lines += ["", f"Begrundelse: {row['reason']}"]
    return lines


def _bad_rows(connection: Connection, feed: Feed, row: dict[str, Any]) -> list[str]:
    found = quarantine_as_json(connection, row["delivery_id"])
    if not found:
        return []
    lines = ["", "## Det skal rettes", "", "Linje 1 er overskriften. En række kan have flere fejl."]
    if row["status"] == "refused":
        lines[-1] += " Kun de første rækker med hver fejl er nævnt."
    grouped: dict[str, dict[tuple[str, str], list[int]]] = {}
    for one in found:
        for named in one["all_rules"]:
            field, _, rule = named.rpartition(": ")
            grouped.setdefault(one["member"], {}).setdefault((field, rule), []).append(one["line_number"])
    for member in (name for name in feed.row_members if name in grouped):
        bad = row["members"].get(member, {}).get("rows_quarantined")
        lines += ["", f"### {member or THE_FILE}" + (f": {danish.rows(bad)}" if bad else ""), ""]
        for (field, rule), numbers in sorted(grouped[member].items(), key=lambda item: item[1]):
            where = f", {names_in_danish(field)}" if field else ""
            named_lines = danish.lines(numbers, LINES_NAMED, all_known=row["status"] != "refused")
            lines.append(f"- {named_lines}{where}: {explained(feed, member, field or None, rule)}")
    return lines


def _in_order(feed: Feed, by_member: dict[str, Any]) -> list[tuple[str, Any]]:
    """The members in the order of the feed; the ledger keeps none."""
    return [(name or THE_FILE, by_member[name]) for name in feed.row_members if name in by_member]


def _warnings(feed: Feed, row: dict[str, Any]) -> list[str]:
    if not row["warnings"]:
        return []
    lines = ["", "## Bør ses efter", "", "Rækkerne er indlæst, men noget i dem passer ikke sammen.", ""]
    for member, counts in _in_order(feed, row["warnings"]):
        lines += [f"- {member}, {danish.rows(count)}: {rule_words(name).danish}" for name, count in counts.items()]
    return lines


def _unknown(feed: Feed, row: dict[str, Any]) -> list[str]:
    if not row["unknown_values"]:
        return []
    lines = ["", "## Tomme felter", "", "Rækkerne er indlæst, og feltet tæller som uoplyst.", ""]
    for member, counts in _in_order(feed, row["unknown_values"]):
        fields = [f"{name} i {danish.rows(count)}" for name, count in sorted(counts.items())]
        lines.append(f"- {member}: {danish.listed(fields)}")
    return lines


def _drift(row: dict[str, Any]) -> list[str]:
    codes = [one for one in row["drift"] if "code" in one]
    others = [one for one in row["drift"] if "code" not in one]
    lines = []
    if codes:
        lines += [
            "",
            "## Ukendte koder",
            "",
            "De står ikke i kodelisten. De er indlæst og tælles som anden ydelse.",
            "",
        ]
        for one in codes:
            weeks = "1 uge" if one["weeks"] == 1 else f"{danish.number(one['weeks'])} uger"
            lines.append(f"- {one['code']} i {one['column']}: {weeks}")
    if not others:
        return lines
    lines += [
        "",
        "## Ukendte filer og kolonner",
        "",
        "De er ikke aftalt og ikke indlæst. Skal de med, så giv os besked.",
        "",
    ]
    for one in others:
        name = f"{one['member'] or THE_FILE}" + (f", kolonnen {one['column']}" if one["column"] else "")
        lines.append(f"- {danish.plain(name)}")
    return lines


def _rows(feed: Feed, row: dict[str, Any]) -> list[str]:
    if not row["members"]:
        return []
    return [
        "",
        "## Rækker",
        "",
        "| fil | læst | med fejl |",
        "|---|---:|---:|",
        *(
            f"| {name} | {danish.number(count['rows_read'])} | {danish.number(count['rows_quarantined'])} |"
            for name, count in _in_order(feed, row["members"])
        ),
        *(
            [
                "",
                f"{danish.rows(row['rows_withheld'])} handler om personer, som vi ikke har et formål med. "
                "De er læst, men ikke indlæst.",
            ]
            if row["rows_withheld"]
            else []
        ),
    ]


def _changes(connection: Connection, feed: Feed, row: dict[str, Any]) -> list[str]:
    if row["version"] is None:
        return []
    found = compare(connection, feed, row)
    if found.before is None:
        return []
    return [
        "",
        f"## Ændret siden {found.before.file_name} (version {found.before.version})",
        "",
        "| fil | nye | forsvundne | ændrede |",
        "|---|---:|---:|---:|",
        *(
            f"| {name} | {danish.number(one.added)} | {danish.number(one.removed)} | {danish.number(one.changed)} |"
            for name, one in ((name or THE_FILE, one) for name, one in found.members.items())
        ),
    ]


def _for_reference(row: dict[str, Any]) -> list[str]:
    moment = (row["decided_at"] or row["received_at"]).astimezone(COPENHAGEN)
    lines = [
        "",
        "## Til opslag",
        "",
        f"- Leverance nr. {row['delivery_id']}" + (f", version {row['version']}" if row["version"] is not None else ""),
        f"- Bedømt {danish.day(moment)} kl. {moment:%H.%M}",
    ]
    if row["rejudged_from"] is not None:
        lines.append(f"- Bedømt på ny efter leverance nr. {row['rejudged_from']}")
    return [*lines, f"- Filens kontrolsum (SHA-256): {row['sha256']}"]
