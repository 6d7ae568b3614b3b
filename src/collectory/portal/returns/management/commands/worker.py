"""`collectory portal worker`: runs queued tasks, and takes up what a killed worker left behind."""

from __future__ import annotations

import logging
import threading
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import close_old_connections

from collectory.engine.checking.compile import compiled
from collectory.portal.cases import joining
from collectory.portal.collections.models import DataCollection
from collectory.portal.collections.services import emptying
from collectory.portal.desk.services import running
from collectory.portal.duplicates.services import upkeep as duplicates
from collectory.portal.probable.services import running as probable
from collectory.portal.receiving import merging
from collectory.portal.returns.services.uploading import recover
from collectory.portal.rules.services.upkeep import look_after
from collectory.portal.rules.switching import edition_in
from collectory.portal.telling.services import upkeep as telling
from collectory.portal.transfer.services import checking as transfers
from collectory.portal.transfer.services import upkeep as kept_files

log = logging.getLogger(__name__)


class Command(BaseCommand):
    """The worker process."""

    help = "Run queued tasks until stopped. Start as many as you like with PostgreSQL; one with SQLite."
    requires_migrations_checks = True

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Whether this is the only worker, and whether it stops by itself."""
        parser.add_argument("--sole", action="store_true", help="No other worker runs: take up all unfinished work.")
        parser.add_argument("--until-idle", action="store_true", help="Stop when nothing is queued any more.")

    def handle(self, *args: Any, sole: bool, until_idle: bool, **options: Any) -> None:
        """Recover, then work; recover again every few seconds."""
        for collection in DataCollection.objects.all():
            compiled(edition_in(collection))  # now, so that the first upload need not wait for it
        if taken := recover(sole_worker=sole):
            log.warning("took up %d unfinished upload(s)", taken)
        if taken := running.recover(sole_worker=sole):
            log.warning("took up %d unfinished job(s) on many returns", taken)
        if taken := look_after(sole_worker=sole):
            log.warning("took up or found due %d job(s) about rules", taken)
        if taken := transfers.recover(sole_worker=sole):
            log.warning("took up %d received file(s) that were not checked", taken)
        if taken := merging.recover(sole_worker=sole):
            log.warning("took up %d unfinished merged data set(s)", taken)
        kept_files.look_after()
        emptying.look_after()
        telling.look_after()
        duplicates.look_after()
        if made := joining.catch_up():
            log.warning("made %d case(s) of clashes that had none", made)
        probable.look_after(sole_worker=sole)
        stop = threading.Event()
        recovering = threading.Thread(target=self._recover_now_and_then, args=[stop], daemon=True)
        if not until_idle:
            recovering.start()
        try:
            call_command("db_worker", interval=0.3, startup_delay=False, reload=False, batch=until_idle, verbosity=0)
        finally:
            stop.set()

    def _recover_now_and_then(self, stop: threading.Event) -> None:
        while not stop.wait(max(1, settings.UPLOAD_SILENCE / 2)):
            try:
                close_old_connections()
                recover()
                running.recover()
                look_after()
                transfers.recover()
                merging.recover()
                kept_files.look_after()
                emptying.look_after()
                telling.look_after()
                duplicates.look_after()
                probable.look_after()
            except Exception:
                log.exception("recovery broke off; it is tried again")
