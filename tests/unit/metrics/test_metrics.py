"""The numbers for Prometheus: named by its conventions, true to the ledgers, and nobody's."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from mentor_dw.cli import run
from mentor_dw.config import PROJECT_ROOT, Settings, get_settings
from mentor_dw.database import connect
from mentor_dw.housekeeping import keep_metrics
from mentor_dw.masking import holds_cpr
from mentor_dw.metrics.collector import as_text, metrics_file, write_metrics
from mentor_dw.secret_files import write_private

pytestmark = pytest.mark.postgres
PAGE = PROJECT_ROOT / "docs" / "metrics.md"


@pytest.fixture(scope="module")
def told(warehouse: Settings) -> str:
    """The metrics of a house with a delivery of each kind, a build, an alert and an extract."""
    with connect("owner") as owner:
        owner.execute(
            "insert into ops.delivery (source, file_name, sha256, bytes, covers, status, received_at, decided_at,"
            " accepted_at, rows_read, rows_accepted, rows_quarantined, reason, reason_code, version) values"
            " ('webreg', 'webreg_6103801234.zip', repeat('a', 64), 500, '2008-09-30', 'accepted',"
            "  '2026-01-01T10:00Z', '2026-01-01T10:00:07.5Z', '2026-01-01T10:00:07Z', 200, 196, 4, null, null, 1),"
            " ('webreg', 'b', repeat('b', 64), 300, '2008-08-30', 'refused',"
            "  '2025-12-01T10:00Z', '2025-12-01T10:01Z', null, 0, 0, 0, 'x', 'unreadable', null)"
        )
        owner.execute(
            "insert into ops.build (status, built_at, published_at, dbt_seconds, publish_seconds, figures) values"
            " ('published', '2026-01-01T11:00Z', '2026-01-01T11:01Z', 61.5, 3.25, 900)"
        )
        owner.execute(
            "insert into ops.alert (kind, subject, line, severity, runbook)"
            " values ('late_delivery', 'dream', 'x', 'warning', 'y')"
        )
        owner.execute(
            "insert into ops.extract (name, period, version, receiver, status, deadline)"
            " values ('star_udfald', '2016K1', 1, 'star', 'planned', '2016-05-01')"
        )
        owner.execute(
            "insert into ops.receipt (receiver, file_name, sha256, outcome) values ('star','x','y','unreadable')"
        )
        owner.execute("insert into ops.house_look values ('housekeeping', '2026-01-01T12:00Z')")
    (warehouse.inbox / "webreg" / "webreg 2008.zip").write_text("x")
    return as_text(warehouse)


def samples(text: str) -> dict[tuple[str, ...], float]:
    """Value by name and the labels' values, in the order of the labels' names."""
    return {
        (sample.name, *(sample.labels[name] for name in sorted(sample.labels))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_the_numbers_are_those_of_the_ledgers(told: str) -> None:
    found = samples(told)
    wanted = {
        ("mentor_dw_deliveries", "webreg", "accepted"): 1,
        ("mentor_dw_deliveries", "webreg", "refused"): 1,
        ("mentor_dw_deliveries", "dream", "accepted"): 0,
        ("mentor_dw_delivered_rows_total", "webreg"): 200,
        ("mentor_dw_delivered_bytes_total", "webreg"): 800,
        ("mentor_dw_effective_delivery_rows", "quarantined", "webreg"): 4,
        ("mentor_dw_quarantine_ratio", "webreg"): 0.02,
        ("mentor_dw_last_take_seconds", "webreg"): 60,
        ("mentor_dw_delivery_late", "webreg"): 1,
        ("mentor_dw_delivery_late", "biflis"): 0,
        ("mentor_dw_newest_delivery_timestamp_seconds", "webreg"): 1767261607,
        ("mentor_dw_last_build_seconds",): 61.5,
        ("mentor_dw_last_publish_seconds",): 3.25,
        ("mentor_dw_last_publish_timestamp_seconds",): 1767265260,
        ("mentor_dw_figures",): 900,
        ("mentor_dw_open_alerts", "late_delivery", "warning"): 1,
        ("mentor_dw_open_alerts", "failed_build", "error"): 0,
        ("mentor_dw_extracts", "star_udfald", "overdue"): 1,
        ("mentor_dw_extract_deadline_timestamp_seconds", "star_udfald"): 1462140000,
        ("mentor_dw_receipts", "unreadable", "star"): 1,
        ("mentor_dw_inbox_files", "webreg", "unrecognised"): 1,
        ("mentor_dw_housekeeping_last_run_timestamp_seconds",): 1767268800,
        ("mentor_dw_database_up",): 1,
    }
    assert {name: found.get(name) for name in wanted} == wanted
    assert found["mentor_dw_disk_free_bytes", "home"] > 0 and found["mentor_dw_database_size_bytes",] > 1e6


def test_names_and_helps_follow_the_conventions(told: str) -> None:
    for family in text_string_to_metric_families(told):
        name = family.samples[0].name if family.samples else family.name
        assert re.fullmatch(r"mentor_dw_[a-z_]+", name)
        assert family.documentation.endswith(".") and family.type in ("gauge", "counter"), name
        assert name.endswith("_total") == (family.type == "counter")
        assert not re.search(r"_(minutes|hours|days|ms|kb|mb|gb|pct|percent|count)$", name), "base units"
        assert len({tuple(sorted(sample.labels.items())) for sample in family.samples}) == len(family.samples)
    assert not holds_cpr(re.sub(r"(?m)(?<= )[\d.e+]+$", "", told)), "labels hold no number of a person"


def test_every_metric_is_documented_and_the_example_rules_name_no_other(told: str) -> None:
    names = {sample[0] for sample in samples(told)} | {
        "mentor_dw_figures_compared",
        "mentor_dw_figures_differing",
        "mentor_dw_last_backup_timestamp_seconds",
        "mentor_dw_night_work_last_done_timestamp_seconds",
        "mentor_dw_alerts_untold",
    }
    assert set(re.findall(r"^\| `(mentor_dw_\w+)`", PAGE.read_text(encoding="utf-8"), re.M)) == names
    rules = yaml.safe_load((PROJECT_ROOT / "docs" / "prometheus_rules.yml").read_text(encoding="utf-8"))
    assert rules["groups"][0]["rules"]
    for rule in rules["groups"][0]["rules"]:
        assert {"alert", "expr", "labels", "annotations"} <= set(rule)
        assert set(re.findall(r"mentor_dw_\w+", rule["expr"])) <= names, rule["alert"]
        runbook = rule["annotations"]["runbook"]
        assert "{{" in runbook or (PROJECT_ROOT / runbook).is_file(), runbook


def test_the_file_is_replaced_whole_and_one_that_cannot_be_written_stops_nothing(
    warehouse: Settings, told: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    keep_metrics(print)
    path = metrics_file(get_settings())
    assert path == warehouse.home / "metrics" / "mentor_dw.prom"
    assert samples(path.read_text()).keys() == samples(told).keys()
    assert [one.name for one in path.parent.iterdir()] == ["mentor_dw.prom"]
    assert path.stat().st_mode & 0o777 == 0o644
    (tmp_path / "file").write_text("")
    monkeypatch.setattr(get_settings(), "metrics_file", tmp_path / "file" / "x.prom")
    keep_metrics(print)
    assert "could not be written" in capsys.readouterr().out
    with pytest.raises(OSError):
        write_metrics(get_settings())


def test_without_the_database_the_numbers_say_so(
    warehouse: Settings, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    facts = json.loads((warehouse.secrets / "connection.json").read_text())
    write_private(warehouse.secrets / "connection.json", json.dumps(facts | {"port": 1}))
    try:
        assert run(["metrics"]) == 0
    finally:
        write_private(warehouse.secrets / "connection.json", json.dumps(facts))
    found = samples(capsys.readouterr().out)
    assert found["mentor_dw_database_up",] == 0 and ("mentor_dw_figures",) not in found
