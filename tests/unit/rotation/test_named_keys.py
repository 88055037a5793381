"""Receivers do not know each other's names of a person, and an old signing key proves what it signed then, no more."""

from __future__ import annotations

import hashlib
import json

import asyncssh
import pyrage
import pytest
from rotation_work import quiet

from mentor_dw.cli import run
from mentor_dw.config import Settings
from mentor_dw.database import connect
from mentor_dw.errors import DatabaseProblem, MentorDwError
from mentor_dw.identity.keys import load_keys
from mentor_dw.identity.ring import Key, read_ring
from mentor_dw.identity.signing import Signature, public_key_pem, sign, signing_keys
from mentor_dw.ledger.signatures import Judgement, judge_signature, sign_on_record
from mentor_dw.rotation.flow import rotate

pytestmark = pytest.mark.postgres


def test_each_receiver_has_its_own_pseudonyms_and_a_rotation_changes_its_own_only(home: Settings) -> None:
    with pytest.raises(MentorDwError, match="has no key"):
        load_keys(home.secrets).receiver_pseudonym("star", 7)
    for name in ("star", "dst"):
        rotate("receiver", name, None, "somebody", quiet)
    keys = load_keys(home.secrets)
    star, dst = keys.receiver_pseudonym("star", 7), keys.receiver_pseudonym("dst", 7)
    assert star != dst and star == load_keys(home.secrets).receiver_pseudonym("star", 7) and len(star) == 26
    assert len({keys.receiver_pseudonym("star", person) for person in (-7, 7, -(2**63), 2**63 - 1)}) == 4
    done = rotate("receiver", "star", "Sag 4", "somebody", quiet)
    assert load_keys(home.secrets).receiver_pseudonym("star", 7) != star
    assert load_keys(home.secrets).receiver_pseudonym("dst", 7) == dst
    # What an earlier extract called her is still known.
    assert load_keys(home.secrets).receiver_pseudonyms("star", 7)[1] == (done.old_key_id, star)


def test_a_stolen_old_signing_key_proves_nothing(home: Settings) -> None:
    stolen = signing_keys(home.secrets)[0]
    with connect("delivery") as connection:
        made = sign_on_record(connection, home.secrets, b"manifest", "star_2016-05")
        aside = sign(stolen, b"not recorded")
        assert judge_signature(connection, home.secrets, b"manifest", made) is Judgement.OURS
        assert judge_signature(connection, home.secrets, b"another", made) is Judgement.WRONG
        assert judge_signature(connection, home.secrets, b"not recorded", aside) is Judgement.NOT_RECORDED
    rotate("signing", None, None, "somebody", quiet)
    current, retired = signing_keys(home.secrets)
    assert (retired.key_id, retired.secret, retired.public) == (stolen.key_id, None, stolen.public)
    assert retired.retired and retired.created < retired.retired
    with pytest.raises(MentorDwError, match="public part"):
        sign(retired, b"manifest")
    forged = sign(stolen, b"forged")
    with connect("delivery") as connection:
        assert judge_signature(connection, home.secrets, b"manifest", made) is Judgement.OURS
        assert judge_signature(connection, home.secrets, b"forged", forged) is Judgement.NOT_RECORDED
        # Entered into the ledger afterwards, it is still too late; and nobody but the server says when.
        connection.execute(
            "insert into ops.signature (key_id, sha256, signature, what) values (%s, %s, %s, 'x')",
            (forged.key_id, hashlib.sha256(b"forged").hexdigest(), forged.value),
        )
        assert judge_signature(connection, home.secrets, b"forged", forged) is Judgement.AFTER_RETIREMENT
        stranger = Signature("00000000", forged.value)
        assert judge_signature(connection, home.secrets, b"forged", stranger) is Judgement.UNKNOWN_KEY
        connection.rollback()
        again = sign_on_record(connection, home.secrets, b"manifest", "star_2016-05")
        assert again.key_id == current.key_id
    with pytest.raises(DatabaseProblem), connect("delivery") as connection:
        connection.execute("update ops.signature set signed_at = signed_at - interval '1 year'")


def test_commands_show_ids_and_no_key(home: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["rotate-key", "signing", "--dry-run", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["old_key_id"] == signing_keys(home.secrets)[0].key_id
    assert run(["rotate-key", "signing", "--json", "--decision", "Sag 5", "--by", "Navn"]) == 0
    done = json.loads(capsys.readouterr().out)
    assert (done["old_key_id"], done["decision"], done["by_whom"]) == (told["old_key_id"], "Sag 5", "Navn")
    assert run(["keys", "--public"]) == 0
    # openssl reads the first key of a file: the current one.
    shown = capsys.readouterr().out
    current, *retired = map(public_key_pem, signing_keys(home.secrets))
    assert shown.find("-----BEGIN") == shown.find(current) > 0 and all(key in shown for key in retired)
    assert run(["rotate-key", "receiver", "kl"]) == 0
    place = {"--host": "sftp.example", "--user": "kommune", "--folder": "ind", "--receipts": "svar"}
    place["--host-key"] = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode().strip()
    place["--age-recipient"] = str(pyrage.x25519.Identity.generate().to_public())
    assert run(["receiver-add", "kl", *(word for option in place.items() for word in option)]) == 0
    assert run(["keys", "--json"]) == 0
    assert run(["keys"]) == 0
    shown = capsys.readouterr().out
    listing = json.loads(shown[shown.index("{") : shown.rindex("}") + 1])
    kinds = {row["kind"] for row in listing["keys"]}
    assert kinds == {"lookup", "seal", "archive", "signing", "receiver", "password"}
    assert not any(row["due"] for row in listing["keys"]) and len(listing["backup"]) == 7
    secrets = [key.secret for kind in ("lookup", "seal", "archive", "signing", "receiver") for key in ring(home, kind)]
    assert len(secrets) > 4 and not [one for one in secrets if one and one in shown]
    for wrong in (
        ["lookup", "x"],
        ["password"],
        ["receiver"],
        ["blood"],
        ["password", "nobody"],
        ["password", "owner"],
    ):
        assert run(["rotate-key", *wrong, "--dry-run"]) == 1
    assert run(["rotate-key", "seal", "--decision", "om 6101011234"]) == 1


def ring(home: Settings, kind: str) -> tuple[Key, ...]:
    return read_ring(kind, home.secrets)  # type: ignore[arg-type]
