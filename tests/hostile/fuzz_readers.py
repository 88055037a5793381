"""Coverage-guided fuzzing of the readers: `python fuzz_readers.py NAME SECONDS FOLDER SEED`, with the group `fuzz`.

What the properties say (properties.py) must hold of whatever libFuzzer makes of their tokens. An input that breaks one
is kept in FOLDER, and so is one that takes longer than ten seconds or more than a gigabyte. All Python code below
mentor_dw.reading, .identity, .feeds, .masking and the receipts is instrumented; what is compiled is run and not seen
into: zlib, zstd, the csv module, numpy, and the machine code of the wide reader, whose answers are compared instead.
"""

from __future__ import annotations

import random
import sys
from pathlib import Path

import atheris

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1] / "unit" / "reading" / "wide")]

INSTRUMENTED = ("reading", "identity", "feeds", "masking", "delivery.transport.receipts")

with atheris.instrument_imports(include=[f"mentor_dw.{name}" for name in INSTRUMENTED], exclude=["numba"]):
    from properties import PROPERTIES

    from mentor_dw.reading.wide import kernel

#: Seconds and megabytes that one input may take.
ONE_TAKES, MEGABYTES, LONGEST = 10, 1_024, 4_096


def mutator(name: str):
    """Changes an input by whole tokens, now and then by the library's own means."""
    one = PROPERTIES[name]

    def mutate(data: bytes, most: int, seed: int) -> bytes:
        chance = random.Random(seed)
        content = bytearray(data)
        if not content or chance.random() < 0.05:
            content = bytearray(chance.choice(one.starts))
        for _ in range(chance.choice((1, 1, 2, 5))):
            place = chance.randrange(len(content) + 1)
            kind = chance.random()
            if kind < 0.5:
                content[place:place] = chance.choice(one.tokens)
            elif kind < 0.65:
                del content[place : place + chance.randrange(1, 9)]
            elif kind < 0.8:
                other = chance.randrange(len(content) + 1)
                content[place:place] = content[other : other + chance.randrange(1, 40)]
            else:
                content = bytearray(atheris.Mutate(bytes(content), most))
        return bytes(content[:most])

    return mutate


def main(name: str, seconds: str, folder: str, seed: str) -> None:
    """Fuzz one property."""
    kernel.load()
    options = [
        *(f"-max_total_time={seconds}", f"-timeout={ONE_TAKES}", f"-rss_limit_mb={MEGABYTES}", f"-max_len={LONGEST}"),
        *(f"-artifact_prefix={folder}/", f"-seed={seed}", "-print_final_stats=1"),
    ]
    atheris.Setup([sys.argv[0], *options], PROPERTIES[name].check, custom_mutator=mutator(name))
    atheris.Fuzz()


if __name__ == "__main__":
    main(*sys.argv[1:])
