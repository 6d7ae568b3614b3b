"""App configuration of people."""

from django.apps import AppConfig


class PeopleConfig(AppConfig):
    """Organisations, users and memberships."""

    name = "collectory.portal.people"
    label = "people"
    verbose_name = "People"

    def ready(self) -> None:
        """Register the start-up checks, and what happens at signing in."""
        from collectory.portal.people import accounts, checks  # noqa: F401
