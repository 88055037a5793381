"""`mentor-dw demo`: the whole house on sample deliveries, with progress, ending in a summary that was checked."""

from __future__ import annotations

import json
import shutil
import time
from pathlib import Path

from mentor_dw.cli.demo_extracts import deliver_extracts
from mentor_dw.cli.loading import load
from mentor_dw.cli.numbers import mismatch_lines
from mentor_dw.cli.output import console, print_table, say
from mentor_dw.config import get_settings
from mentor_dw.database import address, connect
from mentor_dw.feeds import sources
from mentor_dw.figures import figure_summary
from mentor_dw.local.airflow_services import PASSWORD_FILE, login
from mentor_dw.local.installation import state, up
from mentor_dw.reading.archive import sha256_of
from mentor_dw.sample import generate


def run_demo(seed: int) -> int:
    """Start the house, make the sample (once), load what the ledger does not know, check, tell.

    Returns 0 only when everything happened: every sample delivery has its verdict, the planted faults were found,
    a build is published, every figure of the loaded sources agrees, and every extract was delivered and answered, one
    of them by a refusal. A second run adds nothing.
    """
    began = time.monotonic()
    _step(1, "start PostgreSQL and Airflow", began)
    up(say)
    sample = get_settings().home / "sample" / f"seed_{seed}"
    _step(2, "make the sample deliveries, some with planted faults", began)
    if not (sample / "complete").exists():
        generate(sample, seed=seed, accidents=True)
        (sample / "complete").touch()
    for number, (what, folder) in enumerate((("deliveries", sample), ("corrections", sample / "corrections")), start=3):
        _step(number, f"put the {what} into the inbox, have the scheduler take them, build the warehouse", began)
        say(f"    {_copy_unknown(folder)} files that the ledger does not know yet")
        if load(wait=True, timeout=1800, say=lambda line: say(f"    {line}")) == 2:
            say("    (these refusals are part of the sample: bad files are planted in it)")
    _step(5, "compare with what was planted and with what was published", began)
    missed = _planted_but_not_found(json.loads((sample / "planted.json").read_text(encoding="utf-8")))
    for line in missed:
        say(f"    planted but not found: {line}")
    good, total, wrong = figure_summary()
    for line in mismatch_lines(wrong):
        say(f"    {line}")
    _step(6, "have the extracts built, release them, deliver them to a receiver on this machine", began)
    delivered = deliver_extracts(lambda line: say(f"    {line}"))
    _summary(good, total, began)
    return 0 if total and good == total and not missed and delivered else 1


def _step(number: int, what: str, began: float) -> None:
    console.print(f"[bold]step {number} of 6[/bold] {what} [dim]({time.monotonic() - began:.0f} s)[/dim]")


def _planted_but_not_found(planted: dict) -> list[str]:
    """Faults of the sample that the house did not report as what they are, one line each."""
    with connect("operator") as connection:
        found = {
            (row["file_name"], row["member"], row["line_number"], row["rule"])
            for row in connection.execute(
                "select d.file_name, q.member, q.line_number, q.rule"
                " from ops.quarantined_row as q inner join ops.delivery as d using (delivery_id)"
            )
        }
        verdicts = {
            (row["file_name"], row["status"], row["reason_code"])
            for row in connection.execute("select file_name, status, reason_code from ops.delivery")
        }
    missed = [
        f"{row['file']} {row['member']} line {row['line_number']}: {row['rule']}"
        for row in planted["rows"]
        if (row["file"], row["member"], row["line_number"], row["rule"]) not in found
    ]
    for file in planted["files"]:
        code = file["code"] if file["outcome"] == "refused" else None
        if file["outcome"] != "waiting" and not any(
            name == file["file"] and status == file["outcome"] and (code is None or reason == code)
            for name, status, reason in verdicts
        ):
            missed.append(f"{file['file']}: {file['outcome']} {file['code'] or ''}")
    return missed


def _copy_unknown(folder: Path) -> int:
    copied = 0
    for source in sources():
        with connect("operator") as connection:
            known = {
                (row["file_name"], row["sha256"])
                for row in connection.execute("select file_name, sha256 from ops.delivery where source = %s", (source,))
            }
        target = get_settings().inbox / source
        for path in sorted((folder / source).glob("*")):
            if path.name.endswith(".sha256") or (path.name, sha256_of(path)) in known or (target / path.name).exists():
                continue
            sidecar = path.with_name(path.name + ".sha256")
            if sidecar.exists():
                shutil.copyfile(sidecar, target / sidecar.name)
            part = target / f"{path.name}.part"
            shutil.copyfile(path, part)
            part.rename(target / path.name)
            copied += 1
    return copied


def _summary(good: int, total: int, began: float) -> None:
    settings = get_settings()
    with connect("operator") as connection:
        deliveries = connection.execute(
            "select source, status, count(*) as files, sum(rows_read) as rows, sum(rows_quarantined) as quarantined"
            " from ops.delivery group by source, status order by source, status"
        ).fetchall()
    print_table(
        "Deliveries",
        ("source", "status", "files", "rows read", "rows quarantined"),
        ((d["source"], d["status"], d["files"], d["rows"], d["quarantined"]) for d in deliveries),
    )
    installation = state()
    user, _ = login(settings)
    console.print(f"figures: {good} of {total}", style="bold green" if good == total else "bold red")
    lines = {
        "Airflow": f"{installation['airflow_url']} (user {user}, password in {settings.secrets / PASSWORD_FILE})",
        "psql": f"psql '{address('bi_reader').url()}'",
        "Data Docs": ", ".join(str(path) for path in sorted(settings.data_docs.glob("*/index.html"))),
        "reports to the sources' owners": str(settings.reports),
        "what the receiver got and answered": str(settings.home / "demo_receiver"),
        "extracts": "mentor-dw extracts; mentor-dw extract star_udfald --period ... makes a delivered one again",
        "what was refused, and why": "mentor-dw status; mentor-dw quarantine",
        "stop": "make down",
    }
    for name, what in lines.items():
        console.print(f"{name}: {what}", markup=False, soft_wrap=True)
    console.print(f"done in {time.monotonic() - began:.0f} s", markup=False)
