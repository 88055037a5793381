"""Names, roles and passwords of the Airflow page."""

from __future__ import annotations

import pytest

from mentor_dw.config import Settings
from mentor_dw.errors import MentorDwError
from mentor_dw.local.folders import ensure_folders
from mentor_dw.local.page_logins import (
    HOUSE_USER,
    USERS_FILE,
    add_login,
    check_password,
    ensure_house_login,
    login_of,
    logins,
    remove_login,
)

PASSWORD = "et langt kodeord"


@pytest.fixture
def settings(tmp_path) -> Settings:
    settings = Settings(home=tmp_path / "home", dsn=None)
    ensure_folders(settings)
    return settings


def test_a_login_opens_with_its_own_password_only_and_the_file_shows_none(settings):
    add_login(settings, "anne.jensen", "viewer", PASSWORD)
    add_login(settings, "bo@kommune.dk", "op", PASSWORD)
    assert check_password(settings, "anne.jensen", PASSWORD).role == "viewer"
    for name, password in (("anne.jensen", PASSWORD + " "), ("anne.jensen", ""), ("bo", PASSWORD), ("", "")):
        assert check_password(settings, name, password) is None
    file = settings.secrets / USERS_FILE
    assert PASSWORD not in file.read_text() and file.stat().st_mode & 0o077 == 0
    hashes = {line.strip() for line in file.read_text().splitlines() if '"hash"' in line}
    assert len(hashes) == 2, "the same password, salted"


def test_somebody_who_is_added_again_is_another_login(settings):
    add_login(settings, "anne.jensen", "viewer", PASSWORD)
    before = login_of(settings, "anne.jensen")
    remove_login(settings, "anne.jensen")
    assert login_of(settings, "anne.jensen") is None
    add_login(settings, "anne.jensen", "viewer", PASSWORD)
    assert login_of(settings, "anne.jensen").token_id != before.token_id


@pytest.mark.parametrize(
    ("name", "role", "password"),
    [
        ("anne.jensen", "owner", PASSWORD),
        ("anne.jensen", "viewer", "kort"),
        ("Anne Jensen", "viewer", PASSWORD),
        ("a610101-1234", "viewer", PASSWORD),
        ("admin", "viewer", PASSWORD),
    ],
)
def test_what_is_no_login_is_refused(settings, name, role, password):
    ensure_house_login(settings, "the password of the house")
    with pytest.raises(MentorDwError):
        add_login(settings, name, role, password)
    assert [one.name for one in logins(settings)] == [HOUSE_USER]


def test_the_house_keeps_its_login(settings):
    ensure_house_login(settings, "the password of the house")
    first = login_of(settings, HOUSE_USER)
    ensure_house_login(settings, "the password of the house")
    assert login_of(settings, HOUSE_USER) == first and first.role == "admin"
    with pytest.raises(MentorDwError):
        remove_login(settings, HOUSE_USER)
    with pytest.raises(MentorDwError, match="no user anne"):
        remove_login(settings, "anne")
    ensure_house_login(settings, "another password of the house")
    assert check_password(settings, HOUSE_USER, "the password of the house") is None
    assert check_password(settings, HOUSE_USER, "another password of the house").role == "admin"
