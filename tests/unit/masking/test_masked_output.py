"""What a process writes passes a mask, however it is written."""

from __future__ import annotations

import io
import logging
import subprocess
import sys
import traceback

import pytest

from mentor_dw.config import Settings
from mentor_dw.local.folders import ensure_folders, kept_secret, write_private
from mentor_dw.local.secret_words import hiding
from mentor_dw.masked_output import MaskedStream
from mentor_dw.masking import mask_cpr

CPR = "6112034567"


def test_numbers_are_masked_in_prints_logs_tracebacks_and_pieces():
    under = io.StringIO()
    stream = MaskedStream(under, mask_cpr)
    print("a", CPR, file=stream)
    print("b", CPR[:6], CPR[6:], sep="-", file=stream, flush=True)
    for piece in ("c ", CPR[:5], CPR[5:], "\n"):
        stream.write(piece)
    handler = logging.StreamHandler(stream)
    handler.handle(logging.LogRecord("x", logging.INFO, "", 1, "d %s-%s", (CPR[:6], CPR[6:]), None))
    try:
        raise ValueError(f"e {CPR}")
    except ValueError:
        traceback.print_exc(file=stream)
    stream.write(f"f {CPR}")
    stream.flush()
    said = under.getvalue()
    assert said.startswith("a ******-****\nb-******-****\nc ******-****\nd ******-****\n")
    assert "ValueError: e ******-****" in said and said.endswith("f ******-****")
    assert "4567" not in said


def test_a_masked_stream_is_the_stream_it_masks_in_all_else():
    under = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    assert MaskedStream(under, mask_cpr).encoding == "utf-8"
    assert MaskedStream(under, mask_cpr).buffer is under.buffer


def test_the_command_masks_its_standard_error():
    code = (
        "import sys, warnings, mentor_dw.cli as cli\n"
        "cli.run = lambda arguments: warnings.warn('of 611203-4567') or print('6112034567', file=sys.stderr) or 0\n"
        "cli.main()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0 and done.stderr.count("******-****") >= 2
    assert "4567" not in done.stderr.replace("'of 611203-4567') or print('6112034567'", "")


def test_secrets_of_the_house_are_hidden_wherever_they_stand(tmp_path, monkeypatch: pytest.MonkeyPatch):
    settings = Settings(home=tmp_path / "home", dsn=None)
    ensure_folders(settings)
    secret = kept_secret(settings, "airflow_jwt_secret")
    write_private(settings.secrets / "connection.json", '{"roles": {"loader": {"password": "pass/word+of%loader"}}}')
    write_private(settings.secrets / "archive_key.txt", "AGE-SECRET-KEY-1ABCDEFGHIJ\n")
    monkeypatch.setenv("MENTOR_DW_DSN", "postgresql://owner:word%2Fof%2Fowner@127.0.0.1:5432/postgres")
    hide = hiding(settings)
    said = f"{secret} pass/word+of%loader AGE-SECRET-KEY-1ABCDEFGHIJ word%2Fof%2Fowner word/of/owner loader {CPR}"
    assert hide(said) == "*** *** *** *** *** loader ******-****"
    assert hide(f"2026-11-22 12:33:07.123456+00:00 {CPR}") == "2026-11-22 12:33:07.123456+00:00 ******-****"
