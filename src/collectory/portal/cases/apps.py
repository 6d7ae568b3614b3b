"""App configuration of cases."""

from django.apps import AppConfig


class CasesConfig(AppConfig):
    """Cases of duplicate pupils."""

    name = "collectory.portal.cases"
    label = "cases"
    verbose_name = "Cases of duplicate pupils"

    def ready(self) -> None:
        """Be told of clashes by matching, and have the clock tell of cases."""
        from collectory.portal.cases import joining
        from collectory.portal.cases.services import reminding
        from collectory.portal.duplicates.listening import listen
        from collectory.portal.telling.services import clock

        listen(joining.told)
        clock.watch(reminding.tick)
