"""The tables of the school census, parents before children."""

from .header import header
from .leavers import leaver_entities
from .on_roll import on_roll_entities
from .school import school_entities

entities = (header, *school_entities, *on_roll_entities, *leaver_entities)

__all__ = ["entities"]
