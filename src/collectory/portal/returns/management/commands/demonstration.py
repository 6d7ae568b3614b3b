"""`collectory portal demonstration`: make the demonstration's organisations, accounts, collections and returns."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from collectory.portal.demonstration import cases, country, forms, people, probable, returns, transfers
from collectory.portal.people.checks import DEMONSTRATION_PASSWORD


class Command(BaseCommand):
    """Sets up the demonstration."""

    help = "Make the made-up organisations, accounts and data collections. Only with COLLECTORY_DEBUG=1."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """How much of it."""
        parser.add_argument("--country", action="store_true", help="three councils, 60 schools and two trusts")
        parser.add_argument("--returns", action="store_true", help="the country, with returns in every state")

    def handle(self, *args: Any, country: bool, returns: bool, **options: Any) -> None:
        """Refuse in earnest, else set up."""
        if not settings.DEBUG:
            raise CommandError("The demonstration's passwords are public. It is set up only with COLLECTORY_DEBUG=1.")
        set_up(with_country=country, with_returns=returns)


def set_up(*, with_country: bool, with_returns: bool) -> None:
    """Make what is not there yet."""
    if not (with_country or with_returns):
        people.set_up()
        forms.set_up(DEMONSTRATION_PASSWORD)
        return
    collection = country.set_up()
    if with_returns:
        returns.fill(collection)
        probable.look_for(collection)
        cases.settle_some(collection)
        transfers.set_up(collection)
