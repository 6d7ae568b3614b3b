"""The worker as a thread of the one process."""

from __future__ import annotations

import threading

from django.db import connections
from django_tasks_db.management.commands.db_worker import Worker

from collectory.portal.returns.services.uploading import recover


class Work:
    """Takes tasks one after the other. What a killed run of a kept folder left is taken up at the start."""

    def __init__(self) -> None:
        self.worker = Worker(
            queue_names=["*"],
            interval=0.1,
            batch=False,
            backend_name="default",
            startup_delay=False,
            max_tasks=None,
            worker_id="desktop",
            excluded_queue_names=[],
        )
        self.thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        """Begin."""
        self.thread.start()

    def _run(self) -> None:
        recover(sole_worker=True)
        self.worker.run()
        connections.close_all()

    def stop(self) -> None:
        """End after the task at hand."""
        self.worker.running = False
        self.thread.join(timeout=10)
