"""App configuration of what the collector says of findings."""

from django.apps import AppConfig


class JudgingConfig(AppConfig):
    """OKs and questions."""

    name = "collectory.portal.judging"
    label = "judging"
    verbose_name = "OKs and questions"
