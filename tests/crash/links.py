"""The links that are walked: small deliveries taken, judged, built, published, sent on, and what a person decides.

Each link begins where another one ended. `walk` calls the tasks as the DAGs do; `again` is what happens after a kill
when that is more than the same task once more, as for a person's command.
"""

from __future__ import annotations

import gzip
import os
import re
import time
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from home import Home

WAVES = Path(__file__).resolve().parents[1] / "fixtures" / "waves"
FIRST = WAVES / "wave1" / "step1"
WEBREG = "webreg_2008-09-30.zip"
EXTRACT = {"name": "star_mentorforloeb", "period": "2015-08"}
STRANGERS = 7000

#: run(task, **what it is given) gives what it returned.
Run = Callable[..., Any]
#: ask(query) gives the first value of the first row.
Ask = Callable[[str], Any]


@dataclass(frozen=True)
class Link:
    """`after` is the link it follows, None the empty house; `bring` puts into the home what it works on."""

    name: str
    after: str | None
    walk: Callable[[Run], object]
    bring: Callable[[Home], object] = lambda home: None
    again: Callable[[Run, Ask], object] | None = None
    with_receiver: bool = False
    publishes: bool = False


def put(home: Home, path: Path, name: str | None = None, sidecar: bool = False) -> Path:
    """Copy a delivery into the inbox of its source."""
    source = (name or path.name).split("_")[0]
    target = home.folder / "inbox" / source / (name or path.name)
    target.write_bytes(path.read_bytes())
    if sidecar:
        beside = path.with_name(f"{path.name}.sha256")
        target.with_name(f"{target.name}.sha256").write_bytes(beside.read_bytes())
    return target


def put_changed(home: Home, member: str, change: Callable[[list[str]], list[str]], name: str = WEBREG) -> None:
    """The first web registrations with other lines in one member."""
    target = home.folder / "inbox" / "webreg" / name
    with zipfile.ZipFile(FIRST / WEBREG) as before, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as after:
        for one in before.namelist():
            content = before.read(one)
            if one == member:
                content = "\n".join(change(content.decode().split("\n"))).encode()
            after.writestr(zipfile.ZipInfo(one, date_time=(2008, 1, 1, 0, 0, 0)), content)


def one_less(lines: list[str]) -> list[str]:
    return [lines[0], *lines[2:]]


def put_refused(home: Home) -> None:
    target = put(home, FIRST / WEBREG, "webreg_2008-12-31.zip", sidecar=False)
    target.write_bytes(b"no zip")
    target.with_name(f"{target.name}.sha256").write_text(f"{'0' * 64}  {target.name}\n")


def put_dream_in_parts(home: Home) -> None:
    """Three parts: those who are known, and many strangers."""
    lines = gzip.decompress((FIRST / "dream_2016-03.csv.gz").read_bytes()).decode().rstrip("\n").split("\n")
    header = lines[0]
    place = header.split(";").index("pnr")
    known = [line for line in lines[1:] if re.fullmatch("[0-9]{10}", line.split(";")[place])]
    strangers = []
    for number in range(STRANGERS):
        fields = known[number % len(known)].split(";")
        koen = int(fields[place][-1]) % 2
        fields[place] = f"64{number % 12 + 1:02}{60 + number // 12 % 40}{2 * (number // 480) + koen + 3000:04}"
        strangers.append(";".join(fields))
    text = "\n".join([header, *strangers[: STRANGERS // 2], *known, *strangers[STRANGERS // 2 :]]) + "\n"
    (home.folder / "inbox" / "dream" / "dream_2016-04.csv").write_text(text)


def past_their_days(home: Home) -> None:
    """Reports that were written long ago."""
    for path in (home.folder / "reports").rglob("*.md"):
        os.utime(path, (0, 0))


def someone() -> str:
    """The CPR number of the first citizen of the web registrations."""
    with zipfile.ZipFile(FIRST / WEBREG) as archive:
        header, first = archive.read("borgere.csv").decode().split("\n")[:2]
    return first.split(";")[header.split(";").index("cpr")].strip()


def take(source: str) -> Callable[[Run], object]:
    return lambda run: run("take", source=source)


def take_wide(run: Run) -> None:
    taken = run("take_until_parts", source="dream")
    for part in taken["parts"]:
        run("land", source="dream", part=part)
    if taken["parts"]:
        run("decide", source="dream", parts=taken["parts"])


def judge_again(run: Run, ask: Ask) -> None:
    decided = ask("select count(*) from ops.delivery where rejudged_from is not null and status <> 'received'")
    if not decided:
        run("rejudge", delivery_id=1)
    run("take", source="webreg")


def withdraw_again(run: Run, ask: Ask) -> None:
    if not ask("select count(*) from ops.delivery where status = 'withdrawn'"):
        run("withdraw", delivery_id=2)
    run("take", source="webreg")


def release_again(run: Run, ask: Ask) -> None:
    if ask("select status from ops.extract") == "built":
        run("release", **EXTRACT)


def erase_again(run: Run, ask: Ask) -> None:
    run("finish_erasures")
    if not ask("select count(*) from ops.erasure"):
        run("erase", cpr=someone())


def rotate_again(run: Run, ask: Ask) -> None:
    run("go_on_rotating")
    if not ask("select count(*) from ops.key_rotation where finished_at is not null"):
        run("rotate", kind="archive")


def wait_for_the_answer(home: Home) -> None:
    """Until the receiver has put its kvittering."""
    deadline = time.monotonic() + 60
    while not list(home.folder.glob("demo_receiver/star/files/kvitteringer/*.json")):
        if time.monotonic() > deadline:
            raise AssertionError("the receiver does not answer")
        time.sleep(0.1)


LINKS: dict[str, Link] = {
    link.name: link
    for link in (
        Link("webreg", None, take("webreg"), lambda home: put(home, FIRST / WEBREG, sidecar=True)),
        Link("again", "webreg", take("webreg"), lambda home: put_changed(home, "opgaver.csv", one_less)),
        Link("refused", "webreg", take("webreg"), put_refused),
        Link(
            "spoiled",
            "webreg",
            take("webreg"),
            lambda home: put_changed(home, "tidsforbrug.csv", lambda lines: lines[:1], "webreg_2008-10-31.zip"),
        ),
        Link("duplicate", "webreg", take("webreg"), lambda home: put(home, FIRST / WEBREG, "webreg_2008-10-01.zip")),
        Link("rejudge", "webreg", lambda run: run("rejudge", delivery_id=1), again=judge_again),
        Link("withdraw", "again", lambda run: run("withdraw", delivery_id=2), again=withdraw_again),
        Link("dream", "webreg", take_wide, put_dream_in_parts),
        Link("dream_packed", "webreg", take_wide, lambda home: put(home, FIRST / "dream_2016-03.csv.gz")),
        Link("biflis", "dream_packed", take("biflis"), lambda home: put(home, FIRST / "biflis_2016-05.zip")),
        Link("late", "biflis", lambda run: run("fold")),
        Link("build", "late", lambda run: run("build")),
        Link("publish", "build", lambda run: run("publish", build_id=1), publishes=True),
        Link("corrected", "publish", take("webreg"), lambda home: put_changed(home, "opgaver.csv", one_less)),
        Link("rebuild", "corrected", lambda run: run("build")),
        Link("republish", "rebuild", lambda run: run("publish", build_id=2), publishes=True),
        Link("extract", "publish", lambda run: run("extract", **EXTRACT), with_receiver=True),
        Link("release", "extract", lambda run: run("release", **EXTRACT), again=release_again),
        Link("send", "release", lambda run: run("send", name=EXTRACT["name"]), with_receiver=True),
        Link("answer", "send", lambda run: run("answers"), wait_for_the_answer, with_receiver=True),
        Link("erase", "publish", lambda run: run("erase", cpr=someone()), again=erase_again, publishes=True),
        Link("rotate", "biflis", lambda run: run("rotate", kind="archive"), again=rotate_again),
        Link("night", "biflis", lambda run: run("night"), past_their_days),
    )
}


def way_to(name: str) -> list[Link]:
    """The links from the empty house up to and with `name`."""
    way = []
    found: str | None = name
    while found is not None:
        way.append(LINKS[found])
        found = LINKS[found].after
    return way[::-1]
