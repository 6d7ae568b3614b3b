"""Sealing what schools send, beside only writing and hashing it: python -m bench.transfer [MEGABYTES]

The limit is a plain copy to the disk with its SHA-256, of as many bytes, in the same run. Prints seconds, the ratio and
the memory that sealing took at its peak beyond what the process had before.
"""

from __future__ import annotations

import hashlib
import os
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

PORTION = 1 << 16


def portions(megabytes: int) -> Iterator[bytes]:
    """Bytes as they come from a network: portions that cannot be compressed."""
    block = os.urandom(1 << 20)
    for _ in range(megabytes):
        for at in range(0, len(block), PORTION):
            yield block[at : at + PORTION]


def written(megabytes: int, place: Path) -> float:
    """Write and hash; gives the seconds."""
    begun = time.perf_counter()
    digest = hashlib.sha256()
    with place.open("wb") as file:
        for portion in portions(megabytes):
            digest.update(portion)
            file.write(portion)
        file.flush()
        os.fsync(file.fileno())
    return time.perf_counter() - begun


def main() -> None:
    """Print the figures."""
    megabytes = int(sys.argv[1]) if len(sys.argv) > 1 else 256
    with tempfile.TemporaryDirectory(prefix="collectory-bench-") as folder:
        os.environ |= {"COLLECTORY_DEBUG": "1", "COLLECTORY_DATA": folder}
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "collectory.portal.settings")
        import django

        django.setup()
        from django.core.management import call_command

        from collectory.portal.transfer import store

        call_command("migrate", verbosity=0)
        plain = written(megabytes, Path(folder) / "plain")
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        begun = time.perf_counter()
        content = store.keep(portions(megabytes))
        sealed = time.perf_counter() - begun
        more = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
        begun = time.perf_counter()
        assert sum(len(piece) for piece in store.pieces(content)) == megabytes << 20
        opened = time.perf_counter() - begun
        again = written(megabytes, Path(folder) / "plain again")
    plain = min(plain, again)
    print(f"{megabytes} MB: written and hashed {plain:.2f} s, sealed and hashed {sealed:.2f} s, opened {opened:.2f} s")
    print(f"sealing takes {sealed / plain:.1f} times a plain copy, and {more:.0f} MB of memory more")


if __name__ == "__main__":
    main()
