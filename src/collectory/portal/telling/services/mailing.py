"""Sending what is due: all news of a person in one mail, retried while it was surely not sent, and never sent twice.

A mail is claimed before it is sent. What was claimed by a worker that died is neither sent again nor known to be sent;
it is marked so, and the news stands in the person's list all the same.
"""

from __future__ import annotations

import datetime as dt
import logging
from smtplib import SMTPRecipientsRefused, SMTPResponseException
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.db import transaction
from django.db.models import F
from django.template.loader import render_to_string
from django.utils import timezone

from collectory.portal.people.models import Membership
from collectory.portal.telling.models import NEWS, Mail, News

log = logging.getLogger(__name__)

ATTEMPTS = 8
PAUSE = dt.timedelta(minutes=2)  # after the first failure; twice as long after each further one
SILENCE = dt.timedelta(minutes=5)
LINES = 40


class NotSent(Exception):
    """A mail service refused a mail, so that it was surely not sent."""


def make_mails(limit: int = 200) -> int:
    """Put the news that is due into mails, one for each person; how many people were looked at."""
    now = timezone.now()
    due = News.objects.filter(due_at__lte=now, mail=None)
    users = list(due.order_by().values_list("user", flat=True).distinct()[:limit])
    for user in users:
        with transaction.atomic():
            rows = list(due.select_for_update(of=("self",)).filter(user=user).order_by("pk"))
            active = set(Membership.objects.active().filter(user=user).values_list("pk", flat=True))
            wanted = [one.pk for one in rows if one.membership_id in active]
            News.objects.filter(pk__in=[one.pk for one in rows if one.membership_id not in active]).update(due_at=None)
            if wanted:
                News.objects.filter(pk__in=wanted).update(mail=Mail.objects.create(user_id=user))
    return len(users)


def send_some(limit: int = 50) -> int:
    """Send mails that wait; how many were tried."""
    _look_for_the_dead()
    waiting = list(
        Mail.objects.filter(state=Mail.State.WAITING, next_at__lte=timezone.now()).values_list("pk", flat=True)[:limit]
    )
    if not waiting:
        return 0
    connection = get_connection()
    try:
        connection.open()
    except OSError as problem:  # smtplib's exceptions are OSErrors too
        log.warning("the mail server cannot be reached (%s); %d mails wait", type(problem).__name__, len(waiting))
        for number in waiting:
            _again(number, attempts=F("attempts") + 1)
        return len(waiting)
    try:
        for number in waiting:
            _send(number, connection)
    finally:
        connection.close()
    return len(waiting)


def _send(number: int, connection: Any) -> None:
    claimed = Mail.objects.filter(pk=number, state=Mail.State.WAITING).update(
        state=Mail.State.SENDING, sending_at=timezone.now(), attempts=F("attempts") + 1
    )
    if not claimed:
        return
    mail = Mail.objects.select_related("user").get(pk=number)
    message = message_of(mail)
    if message is None:
        Mail.objects.filter(pk=number).update(state=Mail.State.FAILED)
        return
    message.connection = connection
    try:
        message.send()
    except (NotSent, SMTPResponseException, SMTPRecipientsRefused) as problem:
        log.warning("mail %d was refused (%s)", number, type(problem).__name__)
        _again(number)
    except Exception as problem:
        log.error("mail %d broke off (%s); whether it was sent is not known", number, type(problem).__name__)
        Mail.objects.filter(pk=number).update(state=Mail.State.UNSURE)
    else:
        Mail.objects.filter(pk=number).update(state=Mail.State.SENT, sent_at=timezone.now())


def _again(number: int, **more: Any) -> None:
    """Try a mail that was not sent later, or give it up."""
    if more:
        Mail.objects.filter(pk=number).update(**more)
    mail = Mail.objects.get(pk=number)
    if mail.attempts >= ATTEMPTS:
        Mail.objects.filter(pk=number).update(state=Mail.State.FAILED)
        return
    pause = PAUSE * 2 ** (mail.attempts - 1)
    Mail.objects.filter(pk=number).update(state=Mail.State.WAITING, next_at=timezone.now() + pause)


def _look_for_the_dead() -> None:
    silent = Mail.objects.filter(state=Mail.State.SENDING, sending_at__lt=timezone.now() - SILENCE)
    if count := silent.update(state=Mail.State.UNSURE):
        log.error("%d mail(s) were being sent by a worker that is gone; they are not sent again", count)


def message_of(mail: Mail) -> EmailMessage | None:
    """The mail as it is sent; None for a person who has no address any more."""
    if not mail.user.email or not mail.user.is_active:
        return None
    news = list(mail.news.select_related(*NEWS).order_by("pk")[: LINES + 1])
    total = mail.news.count()
    if not news:
        return None
    first = news[0]
    subject = f"{first.topic}: {first.label[0].lower()}{first.label[1:]}"
    if total > 1:
        files = " and files" if any(one.delivery_id for one in news) else ""
        subject = f"{total} news about your data collections{files}"
    context = {"news": news[:LINES], "more": max(0, total - LINES), "address": settings.ADDRESS, "user": mail.user}
    text = render_to_string("telling/mail.txt", context)
    domain = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].strip(">") or "localhost"
    headers = {"Message-ID": f"<collectory-mail-{mail.pk}-{mail.made_at:%Y%m%d%H%M%S}@{domain}>"}
    return EmailMessage(subject, text, None, [mail.user.email], headers=headers)
