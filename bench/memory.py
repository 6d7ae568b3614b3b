"""Peak memory of read + check over the size of the file, beside that of a bare lxml parse.

    python -m bench.memory [PUPILS ...]

Each is measured in a process of its own, less what the process needs before it reads the file.
"""

from __future__ import annotations

import subprocess
import sys

from bench.census_files import census_file

MEASURE = """
import resource, sys
import collectory
from lxml import etree
from collectory.engine.checking.compile import compiled
compiled(collectory.edition("school-census-2021-autumn"))
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
if sys.argv[1] == "lxml":
    tree = etree.parse(sys.argv[2])
else:
    result = collectory.check(collectory.read_xml(open(sys.argv[2], "rb").read()))
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024)
"""


def peak(what: str, path: str) -> int:
    command = [sys.executable, "-c", MEASURE, what, path]
    return int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


if __name__ == "__main__":
    for pupils in [int(each) for each in sys.argv[1:]] or [1_500, 20_000]:
        path = census_file(pupils)
        size = path.stat().st_size
        own, rival = peak("collectory", str(path)), peak("lxml", str(path))
        print(
            f"{pupils} pupils, {size / 1e6:.1f} MB: read + check {own / size:.1f} × the file, "
            f"lxml parse {rival / size:.1f} × the file; ratio {own / rival:.2f}"
        )
