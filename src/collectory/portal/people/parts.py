"""The three parts an organisation can play in a return."""

from enum import StrEnum


class Part(StrEnum):
    """Source sends, agent approves, collector authorises; the system itself only records."""

    SOURCE = "source"
    AGENT = "agent"
    COLLECTOR = "collector"
