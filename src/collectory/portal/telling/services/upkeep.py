"""What a worker does about telling: looks at the clock now and then, and has what is to be told and sent done."""

from __future__ import annotations

import time

from django.conf import settings
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from collectory.portal.telling.models import Mail, News, ToTell
from collectory.portal.telling.services import clock, mailing, spreading

PRIORITY = -30
"""Of the task: files that are waiting to be checked, and jobs, go first."""

TURN = 5.0
"""Seconds of work before others have their turn."""


def look_after() -> None:
    """Write down what the clock says, and queue the task where something is left to do and it is not queued."""
    if settings.DESKTOP:
        return
    clock.tick()
    if something_left():
        queue()


def something_left() -> bool:
    """Whether anything waits to be told or sent."""
    now = timezone.now()
    return (
        ToTell.objects.filter(done_at=None).exists()
        or News.objects.filter(due_at__lte=now, mail=None).exists()
        or Mail.objects.filter(state=Mail.State.WAITING, next_at__lte=now).exists()
        or Mail.objects.filter(state=Mail.State.SENDING, sending_at__lt=now - mailing.SILENCE).exists()
    )


def queue() -> None:
    """Queue the task, unless it is."""
    from collectory.portal.telling.tasks import tell

    if not DBTaskResult.objects.filter(task_path=tell.module_path, status="READY").exists():
        tell.using(priority=PRIORITY).enqueue()


def work() -> None:
    """Tell and send for a while; the rest is queued behind whatever else waits."""
    until = time.monotonic() + TURN
    while time.monotonic() < until:
        if not (spreading.spread_piece() or mailing.make_mails() or mailing.send_some()):
            return
    if something_left():
        queue()
