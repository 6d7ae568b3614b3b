"""App configuration of the transfer."""

from django.apps import AppConfig


class TransferConfig(AppConfig):
    """Files from schools to their council, and what its team does with them."""

    name = "collectory.portal.transfer"
    label = "transfer"
    verbose_name = "Secure transfer"
