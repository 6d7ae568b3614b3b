"""`collectory portal serve`: the web service and its worker under one command."""

from __future__ import annotations

import os
import socket
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from collectory.portal import demonstration, supervise
from collectory.portal.demonstration.country import accounts_to_try
from collectory.portal.people.checks import DEMONSTRATION_PASSWORD, refuse_demonstration_passwords


class Command(BaseCommand):
    """Starts both, keeps both running, stops both."""

    help = "Serve the portal and run its worker; Ctrl-C stops both."
    requires_system_checks = []  # they run in each child, and starting should take a moment only

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Where to listen, and whether to set up the demonstration first."""
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--web-workers", type=int, default=2)
        parser.add_argument("--demonstration", action="store_true", help="Set up the local demonstration first.")
        parser.add_argument("--country", action="store_true", help="The demonstration is a whole country.")

    def handle(self, *args: Any, host: str, port: int, web_workers: int, **options: Any) -> None:
        """Refuse demonstration passwords in earnest, then hand over to the supervisor."""
        refuse_demonstration_passwords()
        self._check_free(host, port)
        children = [supervise.web(host, port, web_workers), supervise.worker(sole=connection.vendor == "sqlite")]
        if options["demonstration"]:
            self._set_up_demonstration(host, port, with_country=options["country"])
            if options["country"]:
                children.append(supervise.once("demonstration", "demonstration", "--returns"))
        connection.close()
        self.stdout.flush()
        if code := supervise.run(*children):
            raise CommandError("The service could not be kept running.", returncode=code)

    def _check_free(self, host: str, port: int) -> None:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        with socket.socket(family) as attempt:
            attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                attempt.bind((host, port))
            except OSError as problem:
                raise CommandError(
                    f"Cannot listen at {host} port {port}: {problem.strerror}. Give another, such as PORT={port + 1}."
                ) from None

    def _set_up_demonstration(self, host: str, port: int, *, with_country: bool) -> None:
        if host not in {"127.0.0.1", "localhost", "::1"}:
            os.environ.setdefault("COLLECTORY_HOSTS", "*")
        else:  # mails about news have no request to take the address from
            os.environ.setdefault("COLLECTORY_ADDRESS", f"http://{f'[{host}]' if ':' in host else host}:{port}")
        call_command("prepare")
        call_command("demonstration", country=with_country)
        say = self.stdout.write
        say("\nCollectory: a local demonstration. Schools, people and pupils are made up; load no real data.\n")
        say(f"  Address    http://{f'[{host}]' if ':' in host else host}:{port}")
        say(f"  Password   {DEMONSTRATION_PASSWORD}   (the same for each account)")
        say("  Accounts")
        for account in accounts_to_try():
            say(f"    {account.username:<20}{account.role.label} for {account.organisation} ({account.native_id})")
            say(f"{'':24}{account.to_try}")
        if with_country:
            say("    Every other school has an account that is called like its number, such as 8552002.")
            say("    The schools' returns are being made while you look: it takes a minute or two the first time.")
        try:
            with_faults, put_right = demonstration.files_to_try()
        except Exception as problem:  # the service is of use without it
            say(f"  To try     no file could be made ({type(problem).__name__}: {problem})")
        else:
            say(f"  To try     {with_faults}")
            say(f"             {put_right.name} beside it is the same return put right")
        say(f"  Mails      {settings.EMAIL_FILE_PATH}")
        say("             Each mail that the service sends is written to a file there; nothing leaves this computer.")
        say("\nCtrl-C stops it. What you do is kept in " + str(settings.DATA) + ".\n")
