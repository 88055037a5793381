"""Every boundary between two steps at which a process can be killed: the function, the step, and where it is met.

`at` is module:function as the hook (hook/kill_at.py) wraps it; `links` are the links of the chain (links.py) in which
it is passed, and `times` how many of its passes are worth a kill.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Boundary:
    """A function that a step begins or ends with."""

    at: str
    step: str
    links: tuple[str, ...]
    times: tuple[int, ...] = (1,)


_INGEST = "mentor_dw.ingest"
_EXTRACTS = "mentor_dw.delivery"


def _of(step: str, links: str, *places: str, times: tuple[int, ...] = (1,)) -> Iterator[Boundary]:
    for place in places:
        yield Boundary(place, step, tuple(links.split()), times)


BOUNDARIES: tuple[Boundary, ...] = (
    # a delivery of files in a ZIP
    *_of(
        "receive",
        "webreg again biflis dream dream_packed refused duplicate",
        "mentor_dw.ledger.deliveries:receive",
    ),
    *_of("receive", "webreg biflis duplicate", "mentor_dw.reading.inbox:waiting"),
    *_of("check", "webreg biflis dream_packed", "mentor_dw.reading.archive:check_sha256"),
    *_of("check", "duplicate", "mentor_dw.ledger.deliveries:duplicate"),
    *_of("read", "webreg biflis", "mentor_dw.ingest.settle:tidy", "mentor_dw.landing.load:_meet_persons"),
    *_of("land", "webreg again biflis", "mentor_dw.landing.load:_land_member", times=(1, 4, 8)),
    *_of("land", "webreg again biflis", "mentor_dw.landing.load:land", f"{_INGEST}.settle:land_file"),
    *_of("judge", "webreg again biflis", "mentor_dw.validation.gx_suite:judge_with_gx"),
    *_of("judge", "webreg biflis", "mentor_dw.validation.judge:judge", "mentor_dw.validation.reconcile:record_counts"),
    *_of("judge", "webreg dream", "mentor_dw.validation.data_docs:write_page"),
    *_of("judge", "webreg biflis", "mentor_dw.validation.findings:keep_findings"),
    *_of("move rows", "webreg again biflis", f"{_INGEST}.settle:_copy_to_raw"),
    *_of(
        "decide",
        "webreg again biflis dream dream_packed",
        "mentor_dw.ledger.deliveries:accept",
    ),
    *_of("decide", "webreg biflis", "mentor_dw.landing.candidates:note_candidates"),
    *_of("decide", "refused", "mentor_dw.ledger.deliveries:refuse"),
    *_of("clear landing", "webreg again biflis", "mentor_dw.landing.vault:forget_unused"),
    *_of("clear landing", "webreg again biflis", "mentor_dw.landing.tables:clear_landing"),
    *_of("clear landing", "webreg", f"{_INGEST}.settle:settle"),
    *_of("put away", "webreg refused dream", "mentor_dw.reporting.report:write_report"),
    *_of("put away", "webreg biflis refused dream duplicate", f"{_INGEST}.keep:put_away"),
    *_of("put away", "webreg dream_packed", f"{_INGEST}.keep:keep_encrypted"),
    *_of("put away", "refused", f"{_INGEST}.keep:_write_reason", f"{_INGEST}.keep:keep_plain"),
    *_of("put away", "webreg refused dream", f"{_INGEST}.keep:_settle"),
    *_of("put away", "refused", f"{_INGEST}.keep:_settle", times=(2, 3)),
    *_of("put away", "webreg refused dream duplicate", f"{_INGEST}.keep:_remove"),
    *_of("put away", "webreg refused dream duplicate", "mentor_dw.ledger.deliveries:moved"),
    # what a person decides
    *_of("judge again", "rejudge", f"{_INGEST}.keep:copy_plain", "mentor_dw.ledger.deliveries:receive"),
    *_of("judge again", "rejudge", f"{_INGEST}.settle:settle", "mentor_dw.ledger.deliveries:accept"),
    *_of("judge again", "rejudge", f"{_INGEST}.keep:put_away", "mentor_dw.ledger.deliveries:moved"),
    *_of("withdraw", "withdraw", "mentor_dw.ledger.deliveries:withdraw", "mentor_dw.reporting.report:write_report"),
    # a wide delivery
    *_of("scan", "dream dream_packed", "mentor_dw.reading.wide.stream:scan"),
    *_of("prepare", "dream", f"{_INGEST}.wide:begin", f"{_INGEST}.wide:_look_for", f"{_INGEST}.wide:_cover"),
    *_of("prepare", "dream_packed", f"{_INGEST}.wide:begin"),
    *_of("fold", "dream dream_packed", "mentor_dw.reading.wide.fold:fold_block"),
    *_of(
        "land part",
        "dream dream_packed",
        "mentor_dw.landing.wide_load:PartLander.look_up",
        "mentor_dw.landing.wide_load:PartLander.copy",
        "mentor_dw.landing.wide_load:PartLander.finish",
    ),
    *_of("land part", "dream", f"{_INGEST}.wide:land_part", f"{_INGEST}.wide:_land", times=(1, 2)),
    *_of("put together", "dream dream_packed", f"{_INGEST}.wide_verdict:_put_together"),
    *_of("judge", "dream", "mentor_dw.validation.wide_gx:judge_profile_with_gx"),
    *_of("judge", "dream dream_packed", "mentor_dw.validation.wide_judge:judge_wide"),
    *_of("attach", "dream_packed dream", f"{_INGEST}.wide_verdict:_join"),
    *_of("decide", "dream dream_packed", f"{_INGEST}.wide_verdict:clear_wide", times=(1, 2)),
    *_of("decide", "dream dream_packed", f"{_INGEST}.wide_verdict:decide_wide"),
    # persons who become known later
    *_of("late persons", "late", f"{_INGEST}.late:fold_known_of", f"{_INGEST}.late:_fold_file"),
    *_of("late persons", "late", f"{_INGEST}.late:_move_to_raw", "mentor_dw.ledger.purpose:note_lookup"),
    # a build of the warehouse
    *_of("plan build", "build", "mentor_dw.warehouse.plan:plan_from_manifest"),
    *_of("dbt", "build", "mentor_dw.warehouse.dbt_run:DbtProject.build"),
    *_of("dbt", "build rebuild", "dbt.task.run:ModelRunner.execute", times=(12,)),
    *_of("dbt", "build", "dbt.task.run:ModelRunner.execute", times=(60,)),
    *_of("dbt", "build", "dbt.task.seed:SeedRunner.execute", times=(2,)),
    *_of("mark built", "build", "mentor_dw.warehouse.plan:keep_plan"),
    *_of("mark built", "build rebuild", "mentor_dw.warehouse.build:_run"),
    # a publish
    *_of("shape", "publish republish", "mentor_dw.warehouse.shape:before_merge"),
    *_of("merge", "publish republish", "mentor_dw.warehouse.merge:merge", times=(1, 5, 12)),
    *_of("merge", "publish republish", "mentor_dw.warehouse.shape:after_merge"),
    *_of("secure", "publish republish", "mentor_dw.warehouse.rights:secure"),
    *_of("figures", "publish republish", "mentor_dw.warehouse.publish:_keep_figures"),
    *_of("commit", "publish republish", "mentor_dw.warehouse.publish:_keep_changes"),
    *_of("commit", "publish republish", "mentor_dw.warehouse.publish:_in_one_transaction"),
    *_of("analyse", "publish republish", "mentor_dw.warehouse.publish:_analyze"),
    # an extract
    *_of("plan", "extract", "mentor_dw.ledger.extracts:plan_row"),
    *_of("gather", "extract", f"{_EXTRACTS}.flow_make:read_for", f"{_EXTRACTS}.flow_content:read_material"),
    *_of("protect", "extract", f"{_EXTRACTS}.flow_content:content_of", f"{_EXTRACTS}.flow_make:make"),
    *_of("write package", "extract", f"{_EXTRACTS}.package.files:write_files"),
    *_of("gate", "extract", f"{_EXTRACTS}.package.gate:refuse_personal", f"{_EXTRACTS}.package.gate:validate"),
    *_of("sign", "extract", "mentor_dw.ledger.signatures:sign_on_record", times=(1, 2)),
    *_of("close", "extract", f"{_EXTRACTS}.package.envelope:_seal", f"{_EXTRACTS}.package.envelope:close"),
    *_of("close", "extract", f"{_EXTRACTS}.flow_kept:keep", f"{_EXTRACTS}.flow_make:_sync_files"),
    *_of("ledger", "extract", f"{_EXTRACTS}.flow_make:_enter", "mentor_dw.ledger.extracts:built"),
    *_of("release", "release", f"{_EXTRACTS}.flow_fit:must_be_fit", "mentor_dw.ledger.extracts:move"),
    # its way to the receiver and back
    *_of("connect", "send", f"{_EXTRACTS}.transport.send:_Folder.must_be_there"),
    *_of("send", "send", "mentor_dw.ledger.extracts:note", f"{_EXTRACTS}.transport.send:send"),
    *_of("upload", "send", f"{_EXTRACTS}.transport.send:_Folder._upload", times=(1, 2, 3)),
    *_of("rename", "send", f"{_EXTRACTS}.transport.send:_Folder._rename", times=(1, 2, 3)),
    *_of("marker", "send", f"{_EXTRACTS}.transport.send:_Folder.put", times=(4,)),
    *_of("ledger", "send", "mentor_dw.ledger.extracts:move"),
    *_of("receipts", "answer", f"{_EXTRACTS}.transport.receipts:fetch_receipts", f"{_EXTRACTS}.flow_send:_receipt"),
    *_of("receipts", "answer", f"{_EXTRACTS}.flow_send:_keep", f"{_EXTRACTS}.flow_send:_answered"),
    # erasure of a person, change of a key, and the night
    *_of("erase", "erase", "mentor_dw.privacy.erasure:_begin", "mentor_dw.privacy.erased_rows:erase_rows"),
    *_of("erase", "erase", "mentor_dw.privacy.erasure:_rows", "mentor_dw.privacy.erasure:_files"),
    *_of("erase", "erase", "mentor_dw.privacy.erasure:_vault", "mentor_dw.privacy.erasure:_warehouse"),
    *_of("erase", "erase", "mentor_dw.privacy.erased_files:_note"),
    *_of("rotate", "rotate", "mentor_dw.rotation.flow:_begin", "mentor_dw.rotation.archive_key:_close_again"),
    *_of("rotate", "rotate", "mentor_dw.rotation.record:finish", "mentor_dw.identity.ring:write_ring", times=(1, 2)),
    *_of("night", "night", "mentor_dw.ledger.access:collect", "mentor_dw.privacy.retention:carry_out"),
    *_of("night", "night", "mentor_dw.privacy.retention:_remove"),
    # every transaction and every file that gets its name, whichever step it belongs to
    *_of("transaction", "webreg dream publish extract send erase", "psycopg:Connection.commit", times=(1, 3, 6)),
    *_of("file", "webreg refused extract", "os:replace", times=(1, 2)),
)
