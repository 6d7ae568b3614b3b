"""App configuration of receiving."""

from django.apps import AppConfig


class ReceivingConfig(AppConfig):
    """The check of files on receipt."""

    name = "collectory.portal.receiving"
    label = "receiving"
    verbose_name = "Checks on receipt"

    def ready(self) -> None:
        """Make the check known to the transfer."""
        from collectory.portal.receiving.checking import check
        from collectory.portal.transfer import checks

        checks.register(check)
