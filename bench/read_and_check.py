"""How long reading and checking takes, against a bare lxml parse of the same file.

    python -m bench.read_and_check [PUPILS ...]

For each size the two take turns, so that both meet the same weather on the machine; the best of the turns counts,
and the ratio is that of the two bests. The ten dearest rules are listed. Aim: less than 1.5 for the whole.
"""

from __future__ import annotations

import gc
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from lxml import etree

from bench.census_files import EDITION, census_file
from collectory.engine import Dataset, check, edition, read_xml
from collectory.engine.checking.compile import compiled
from collectory.engine.reading.layout import layout_of
from collectory.engine.reading.tabulate import tabulate
from collectory.engine.reading.tokens import tokenise

TURNS = 9
DEAREST = 10


def timed(work: Callable[[], object]) -> float:
    gc.collect()
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def measure(path: Path) -> None:
    data = path.read_bytes()
    census = edition(EDITION)
    compiled(census)  # once for each process, not for each file
    layout = layout_of(census)
    outcome = read_xml(data)
    assert isinstance(outcome, Dataset), outcome
    dataset = outcome
    tags = tokenise(data, layout.known)

    def whole() -> None:
        again = read_xml(path.read_bytes())
        assert isinstance(again, Dataset)
        check(again)

    stages: dict[str, Callable[[], object]] = {
        "lxml.etree.parse": lambda: etree.parse(path),
        "read: find tags": lambda: tokenise(data, layout.known),
        "read: tables": lambda: tabulate(tags, layout, data),
        "read, all": lambda: read_xml(data),
        "check": lambda: check(dataset),
        "read + check": whole,
    }
    best = dict.fromkeys(stages, float("inf"))
    for _ in range(TURNS):
        for name, work in stages.items():
            best[name] = min(best[name], timed(work))
    findings = check(dataset).found.height
    print(f"\n{dataset.records['PupilOnRoll']} pupils, {len(data) / 1e6:.1f} MB, {findings} findings")
    for name, seconds in best.items():
        print(f"  {name:<18}{seconds * 1000:9.1f} ms {seconds / best['lxml.etree.parse']:7.2f} × lxml")
    alone = {each.key: min(timed(partial(check, dataset, only={each.key})) for _ in range(3)) for each in census.rules}
    dearest = sorted(alone, key=lambda key: alone[key], reverse=True)[:DEAREST]
    listed = ", ".join(f"{key} {alone[key] * 1000:.1f} ms" for key in dearest)
    print(f"  the dearest rules, each asked alone with all that it derives: {listed}")


if __name__ == "__main__":
    for pupils in [int(each) for each in sys.argv[1:]] or [1_500, 20_000]:
        measure(census_file(pupils))
