"""Children in Need from 20,000 children to a million: linear means that the cost of a child stays the same.

    python -m bench.children_in_need_growth [CHILDREN ...]

Each size in a process of its own, from the file on the disk to the list of findings, beside the bare limit in the same
run: lxml walking through the same file and doing nothing else. Files are written as a stream of a sample of 20,000
children over and over, each time with other IDs and UPNs.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

from bench.census_files import FOLDER
from bench.children_in_need import EDITION, message

SAMPLE = 20_000
SIZES = (20_000, 100_000, 1_000_000)
LETTERS = "ABCDEFGHJKLMNPQRTUVWXYZ"
UPN = re.compile(rb"<UPN>.(\d{12})</UPN>")

OURS = """
import json, resource, sys, time
import collectory
from collectory.engine.checking.compile import compiled
from collectory.engine.reading.file import read_path
from pathlib import Path
edition = collectory.edition(sys.argv[2])
compiled(edition)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
start, cpu = time.perf_counter(), time.process_time()
data = read_path(Path(sys.argv[1]))
read = time.perf_counter() - start
findings = collectory.check(data).findings.height
out = {"seconds": time.perf_counter() - start, "read": read, "cpu": time.process_time() - cpu, "findings": findings}
out["records"] = sum(data.records.values())
out["grown"] = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024
print(json.dumps(out))
"""

LIMIT = """
import json, sys, time
from lxml import etree
start, cpu = time.perf_counter(), time.process_time()
for _, element in etree.iterparse(sys.argv[1], events=("end",), huge_tree=True):
    element.clear(keep_tail=False)
    while element.getprevious() is not None:
        del element.getparent()[0]
print(json.dumps({"seconds": time.perf_counter() - start, "cpu": time.process_time() - cpu}))
"""


def large_message(children: int) -> Path:
    """A message of this many children, a multiple of the sample's."""
    sample = message(SAMPLE)
    if children == SAMPLE:
        return sample
    path = FOLDER / f"{EDITION}-{children}.xml"
    if path.exists():
        return path
    text = sample.read_bytes()
    begin, end = text.index(b"<Child>"), text.rindex(b"</Child>") + len(b"</Child>")
    unfinished = path.with_suffix(".part")
    with unfinished.open("wb") as file:
        file.write(text[:begin])
        for turn in range(-(-children // SAMPLE)):
            file.write(_others(text[begin:end], turn))
        file.write(text[end:])
    return unfinished.replace(path)


def _others(part: bytes, turn: int) -> bytes:
    """The same children under other IDs and UPNs."""

    def upn(found: re.Match[bytes]) -> bytes:
        digits = found[1].decode()
        digits = digits[:3] + f"{(int(digits[3:]) + turn * 7_654_321) % 10**9:09d}"
        letter = LETTERS[sum(int(digit) * place for place, digit in enumerate(digits, start=2)) % 23]
        return f"<UPN>{letter}{digits}</UPN>".encode()

    return UPN.sub(upn, part.replace(b"<LAchildID>", b"<LAchildID>" + f"{turn}N".encode()))


def _run(program: str, path: Path) -> dict[str, float]:
    call = [sys.executable, "-c", program, str(path), EDITION]
    return dict(json.loads(subprocess.run(call, check=True, capture_output=True, text=True).stdout.splitlines()[-1]))


def main(sizes: list[int]) -> None:
    """Measure each size."""
    print(
        f"{'children':>10}{'MB':>7}{'s':>8}{'CPU s':>8}{'µs CPU a child':>16}{'grew MB':>9}{'x lxml (CPU)':>14}  growth"
    )
    first: tuple[int, float] | None = None
    for children in sizes:
        path = large_message(children)
        ours, limit = _run(OURS, path), _run(LIMIT, path)
        first = first or (children, ours["cpu"])
        growth = (ours["cpu"] / first[1]) / (children / first[0])
        print(
            f"{children:>10,}{path.stat().st_size / 1e6:>7.0f}{ours['seconds']:>8.1f}{ours['cpu']:>8.1f}"
            f"{ours['cpu'] / children * 1e6:>16.1f}{ours['grown'] / 1e6:>9.0f}{ours['cpu'] / limit['cpu']:>14.2f}"
            f"  {growth:.2f} (time / children); {ours['findings']:,.0f} findings in {ours['records']:,.0f} records",
            flush=True,
        )


if __name__ == "__main__":
    main([int(each) for each in sys.argv[1:]] or list(SIZES))
