"""App configuration of the desk."""

from django.apps import AppConfig


class DeskConfig(AppConfig):
    """Many returns at once."""

    name = "collectory.portal.desk"
    label = "desk"
    verbose_name = "Many returns at once"

    def ready(self) -> None:
        """Make our own kinds of work, and what the queues list, known."""
        from collectory.portal.desk import kinds, queues, rechecks
        from collectory.portal.desk.services import exporting, judging, loading

        for kind in (loading.LOAD, judging.APPROVE, judging.REJECT, exporting.EXPORT):
            kinds.register(kind)
        queues.register(queues.Jobs())
        queues.register(queues.Uploads())
        queues.register(rechecks.Rechecks())
