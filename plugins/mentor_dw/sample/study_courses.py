"""The helhedsorienterede forløb of the citizens of the study, drawn from the plans."""

from __future__ import annotations

import random
from collections.abc import Sequence

from . import targets_study as targets
from .days import is_working
from .study_model import Course, Resident
from .study_plans import PARTS
from .webreg_model import Ids

#: Planned length: 26 weeks, first and last day included (rules.md C1).
PLANNED_DAYS = 26 * 7
_LONGEST = PLANNED_DAYS - 1  # last day minus first day
_SHORTEST = 7
_CUT = targets.AUTUMN_2015.toordinal()
#: A running forløb counts as so many days (rules.md R13).
_RUNNING = 182
_TOTALS = ((14, 91), (92, 184), (185, 365), (366, 540))
_START_DAYS = {
    part: [day for day in range(first.toordinal(), last.toordinal() + 1) if is_working(day)]
    for part, (first, last) in PARTS.items()
}
_CHANGE = targets.MINUTES_CHANGE.toordinal()
Span = tuple[int, int]


def draw_spans(sequence: str, band: int, rng: random.Random) -> list[Span]:
    """First and last day of every forløb, so that their total duration in autumn 2015 lies in the band.

    They do not overlap; those that run on after the cut end there later.
    """
    while True:
        starts = sorted(rng.choice(_START_DAYS[part]) for part in sequence)
        if all(later - earlier > _SHORTEST for earlier, later in zip(starts, starts[1:], strict=False)):
            spans = _fit(starts, band, rng)
            if spans:
                return spans


def _fit(starts: list[int], band: int, rng: random.Random) -> list[Span] | None:
    """Lengths for these starts, or None when there are none in the band."""
    lowest, highest = _TOTALS[band]
    room = [min(_LONGEST, later - earlier - 1) for earlier, later in zip(starts, starts[1:], strict=False)]
    last = starts[-1]
    if last + _LONGEST > _CUT and rng.random() < 0.85:
        least, most = max(lowest - _RUNNING, _SHORTEST * len(room)), min(highest - _RUNNING, sum(room))
        if least <= most:
            ends = _fill(starts, room, rng.randint(least, most), rng)
            return [*ends, (last, last + rng.randint(_CUT - last + 1, _LONGEST))]
    room.append(min(_LONGEST, _CUT - last))
    least, most = max(lowest, _SHORTEST * len(room)), min(highest, sum(room))
    if room[-1] < _SHORTEST or least > most:
        return None
    return _fill(starts, room, rng.randint(least, min(most, least + 110)), rng)


def _fill(starts: Sequence[int], room: Sequence[int], total: int, rng: random.Random) -> list[Span]:
    """Every forløb short, then one after the other as long as it can be, until `total` days are used."""
    lengths = [_SHORTEST] * len(room)
    left = total - sum(lengths)
    for place in rng.sample(range(len(room)), len(room)):
        more = min(left, room[place] - _SHORTEST)
        lengths[place] += more
        left -= more
    return [(start, start + length) for start, length in zip(starts, lengths, strict=False)]


def grant(resident: Resident, spans: Sequence[Span], ids: Ids, rng: random.Random) -> None:
    """Turn the spans into mentorforløb with their events; a third of those that run on are extended afterwards."""
    spans = list(spans)
    if spans[-1][1] > _CUT and rng.random() < 0.33:
        start = spans[-1][1] + rng.randint(1, 5)
        spans.append((start, start + rng.randint(60, _LONGEST)))
    before: Course | None = None
    for start, end in spans:
        event = "ny"
        if before is not None:
            gap = start - before.end - 1
            if gap <= 14:
                event = "forlaenget" if before.end - before.start >= 170 else "mentorskift"
            elif gap <= 120 or rng.random() < 0.6:
                event = "genoptaget"
            before.outcome = "andet" if event == "mentorskift" else before.outcome
        minutes = targets.MINUTES["helhedsorienteret"][start >= _CHANGE]
        full = end - start >= _LONGEST - 1
        course = Course(
            ids.take("mentorforloeb"), "helhedsorienteret", event,
            before.mentorforloeb_id if before is not None and event != "ny" else None, start, end,
            "udloebet" if full else rng.choice(("klar_til_tilbud", "klar_til_tilbud", "andet")),
            minutes - 15 if rng.random() < 0.03 else minutes, "", planned=start + _LONGEST,
        )  # fmt: skip
        resident.courses.append(course)
        before = course
