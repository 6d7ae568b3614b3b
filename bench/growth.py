"""How the time of read + check grows from 100 to 50,000 pupils: linear means that the cost of a pupil stays the same.

python -m bench.growth [PUPILS ...]
"""

from __future__ import annotations

import sys
import time

from bench.census_files import EDITION, census_file
from collectory.engine import Dataset, check, edition, read_xml

TURNS = 5


def seconds_of(pupils: int) -> float:
    path = census_file(pupils)
    best = float("inf")
    for _ in range(TURNS):
        start = time.perf_counter()
        dataset = read_xml(path.read_bytes(), edition(EDITION))
        assert isinstance(dataset, Dataset)
        check(dataset)
        best = min(best, time.perf_counter() - start)
    return best


if __name__ == "__main__":
    sizes = [int(each) for each in sys.argv[1:]] or [100, 1_000, 5_000, 20_000, 50_000]
    seconds_of(sizes[0])  # compiles the rules
    before: tuple[int, float] | None = None
    print(f"{'pupils':>8}{'ms':>10}{'µs a pupil':>12}{'growth of time / growth of pupils':>36}")
    for pupils in sizes:
        taken = seconds_of(pupils)
        ratio = "" if before is None else f"{(taken / before[1]) / (pupils / before[0]):.2f}"
        print(f"{pupils:>8}{taken * 1000:>10.1f}{taken / pupils * 1e6:>12.1f}{ratio:>36}")
        before = (pupils, taken)
