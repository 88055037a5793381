"""README and tutorial as a newcomer follows them: copied, pasted, in a clone of her own."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

from mentor_dw.config import PROJECT_ROOT

pytestmark = [pytest.mark.long, pytest.mark.house, pytest.mark.timeout(2400)]

#: What lies between two blocks is what each should lead to.
MARK = "--- block "


def blocks(page: str) -> list[str]:
    """The shell blocks of a page, in order."""
    return re.findall(r"^```sh\n(.*?)^```", (PROJECT_ROOT / page).read_text(encoding="utf-8"), re.M | re.S)


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """The files of this clone, as they are, in another folder."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=PROJECT_ROOT,
        capture_output=True,
        check=True,
    ).stdout
    target = tmp_path / "clone"
    target.mkdir()
    packed = subprocess.run(
        ["tar", "-c", "--null", "--files-from", "-"], cwd=PROJECT_ROOT, input=listed, capture_output=True, check=True
    )
    subprocess.run(["tar", "-x"], cwd=target, input=packed.stdout, check=True)
    return target


def test_the_tutorial_works_by_copy_and_paste(clone: Path) -> None:
    pasted = blocks("docs/tutorial.md")
    assert len(pasted) >= 9
    script = "set -e\n" + "\n".join(f"echo '{MARK}{number}'\n{block}" for number, block in enumerate(pasted))
    # As a newcomer has it: nothing is set.
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("MENTOR_DW", "AIRFLOW"))}
    try:
        done = subprocess.run(
            ["bash", "-c", script], cwd=clone, env=environment, capture_output=True, text=True, timeout=2200
        )
        said = dict(enumerate(done.stdout.split(MARK)[1:]))
        assert done.returncode == 0, f"block {len(said) - 1}: {done.stdout[-1500:]}{done.stderr[-1500:]}"
    finally:
        subprocess.run(["make", "down"], cwd=clone, env=environment, capture_output=True)
    good, total = re.search(r"figures: (\d+) of (\d+)", said[0]).groups()
    assert good == total
    steps = iter(said.values())

    def next_with(*words: str) -> str:
        """The next block that said all of these, however its lines are broken."""
        found = next((text for text in steps if all(word in " ".join(text.split()) for word in words)), None)
        assert found is not None, f"no block said {words}: {done.stdout[-6000:]}"
        return found

    assert "922" in next_with("M-067", "agrees")
    next_with("webreg_2011-03-31.zip: accepted")
    assert next_with("Quarantined rows").count("bad_date") >= 3
    changed = next_with("M-067", "does not agree")
    assert 925 < float(re.search(r"^Value +([\d.]+)", changed, re.M)[1]) < 933, "ten hours more, and three rows less"
    assert "922" in next_with("M-067", ": agrees")
    assert "refused" in next_with("webreg_2011-04-30")
    next_with("star_mentorforloeb", "2015-01", "sent")
