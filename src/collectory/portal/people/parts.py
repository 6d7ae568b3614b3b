"""The three parts an organisation can play in a return, and the two sides of a delivery."""

from enum import StrEnum


class Part(StrEnum):
    """Source sends, agent approves, collector authorises; the system itself only records."""

    SOURCE = "source"
    AGENT = "agent"
    COLLECTOR = "collector"


class Side(StrEnum):
    """The two sides of a delivery: the school sends, the council's team receives."""

    SCHOOL = "school"
    TEAM = "team"
