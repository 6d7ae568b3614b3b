"""What a job leaves to be downloaded: one file for each return, thrown away after some days.

Unlike the blobs of returns these are not named by their content, because they are copies that must go again.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Iterator
from typing import IO

from django.core.files.base import File
from django.core.files.storage import default_storage
from django.utils import timezone

from collectory.portal.desk.models import Job, JobItem

PIECE = 1 << 18


def _path(job_id: int, number: int) -> str:
    return f"results/{job_id}/{number}"


def keep(item: JobItem, file: IO[bytes]) -> None:
    """Keep the file of an item, in the place of one from an earlier attempt."""
    path = _path(item.job_id, item.number)
    if default_storage.exists(path):
        default_storage.delete(path)
    file.seek(0)
    default_storage.save(path, File(file))


def throw_away_old() -> None:
    """Throw away the files of jobs that were kept long enough. Their lists of what became of each return stay."""
    for job in Job.objects.filter(result_until__lte=timezone.now()):
        for number in job.items.filter(size__gt=0).values_list("number", flat=True):
            if default_storage.exists(_path(job.pk, number)):
                default_storage.delete(_path(job.pk, number))
        Job.objects.filter(pk=job.pk).update(result_until=None)


class _Written:
    """What is written to it, until it is taken away: a file that cannot seek."""

    def __init__(self) -> None:
        self.pieces: list[bytes] = []
        self.at = 0

    def write(self, data: bytes) -> int:
        self.pieces.append(bytes(data))
        self.at += len(data)
        return len(data)

    def tell(self) -> int:
        return self.at

    def flush(self) -> None:
        """Nothing is held back."""

    def taken(self) -> Iterator[bytes]:
        pieces, self.pieces = self.pieces, []
        yield from pieces


def archive(job: Job, items: Iterable[JobItem]) -> Iterator[bytes]:
    """The files of a job as one zip, a piece at a time. They are packed already, and not packed again."""
    out = _Written()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as whole:  # type: ignore[arg-type]
        for item in items:
            entry = zipfile.ZipInfo(item.name)
            entry.external_attr = 0o644 << 16
            with default_storage.open(_path(job.pk, item.number), "rb") as file, whole.open(entry, "w") as target:
                while piece := file.read(PIECE):
                    target.write(piece)
                    yield from out.taken()
    yield from out.taken()
