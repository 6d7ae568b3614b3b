"""App configuration of probable matches."""

from django.apps import AppConfig


class ProbableConfig(AppConfig):
    """Pupils alike but for a slip."""

    name = "collectory.portal.probable"
    label = "probable"
    verbose_name = "Probable matches"

    def ready(self) -> None:
        """Runs stand in the queues."""
        from collectory.portal.desk import queues
        from collectory.portal.probable.queue import Runs

        queues.register(Runs())
