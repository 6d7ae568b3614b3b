"""A UPN, or names with a birth date, that more records share than one pupil can have: a placeholder that is typed where
the true one is not known.

Thousands of schools may type the same one. Nobody could settle that between them, and each load would work through all
of them. So such a key joins no records: it has one clash for all, with a side for each record, to which a load adds
its own sides and takes its own away. When fewer share it the clash is judged as any other.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import polars as pl
from django.db.models import Count, Exists, OuterRef, QuerySet

from collectory.blade import Verdict
from collectory.portal.collections.models import DataCollection
from collectory.portal.duplicates.models import Clash, Kind, PupilRow, Side
from collectory.portal.duplicates.rows import in_chunks

MOST = 50
"""So many records can share a key and be told apart by people."""
KINDS = {"upn_key": Kind.SAME_UPN, "person_key": Kind.SAME_PERSON}
TEXTS = {"upn_key": "upn", "person_key": "person"}
MESSAGES = {
    "upn_key": "More records have this UPN than one pupil can have: it is typed where the pupil's own is not known.",
    "person_key": "More records have these names and this birth date than can be one pupil: they stand for others.",
}


@dataclass
class Crowds:
    """The keys that too many share, of those that were asked about.

    keys      by the column that holds them: in how many returns each is, where more than one counts as two
    standing  the ids of the clashes that they have already, by the column and key; the others are new crowds
    """

    collection: DataCollection
    keys: dict[str, dict[int, int]] = field(default_factory=lambda: {name: {} for name in KINDS})
    standing: dict[tuple[str, int], int] = field(default_factory=dict)

    @staticmethod
    def among(collection: DataCollection, rows: pl.DataFrame) -> Crowds:
        """The crowds of a whole data collection, of all its rows that share a key."""
        found = Crowds(collection)
        for name, known in found.keys.items():
            sums = rows.drop_nulls(name).group_by(name).agg(pl.len(), pl.col("data_return").n_unique().alias("returns"))
            known.update({key: min(returns, 2) for key, many, returns in sums.rows() if many > MOST})
        return found

    def joining(self, name: str, keys: Iterable[int]) -> set[int]:
        """Of these keys those that more than one row has and by which all of them have to be looked at."""
        mine = PupilRow.objects.filter(collection=self.collection)
        shared: dict[int, int] = {}
        for some in in_chunks(set(keys)):
            many = mine.filter(**{f"{name}__in": some}).order_by().values(name).annotate(many=Count("pk"))
            shared.update(many.filter(many__gt=1).values_list(name, "many"))
        for key in (key for key, many in shared.items() if many > MOST and key not in self.keys[name]):
            returns = mine.filter(**{name: key}).order_by().values("data_return").distinct()[:2]
            self.keys[name][key] = len(returns)
            stands = Clash.objects.filter(collection=self.collection, kind=KINDS[name], key=key)
            if clash := stands.filter(verdict=Verdict.PLACEHOLDER.value).values_list("pk", flat=True).first():
                self.standing[name, key] = clash
        return self.without_standing(name, shared)

    def without_standing(self, name: str, keys: Iterable[int]) -> set[int]:
        """These keys but for the crowds that have a clash."""
        return {key for key in keys if (name, key) not in self.standing}

    def newcomers(self, data_return: object) -> QuerySet[PupilRow]:
        """The rows of a return that have no side yet in the crowds that they are in."""
        found = PupilRow.objects.none()
        for (name, key), clash in self.standing.items():
            side = Side.objects.filter(row=OuterRef("pk"), clash=clash)
            found |= PupilRow.objects.filter(~Exists(side), **{"data_return": data_return, name: key})
        return found

    def apart(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Rows as the engine is to see them: what too many share is no UPN and no name."""
        return rows.with_columns(
            pl.when(pl.col(name).is_in(list(keys))).then(None).otherwise(pl.col(TEXTS[name])).alias(TEXTS[name])
            for name, keys in self.keys.items()
            if keys
        )

    def clashes(self, rows: pl.DataFrame, first: int) -> tuple[list[dict[str, object]], pl.DataFrame]:
        """A clash for each crowd, numbered (`case`) from `first`, and the sides (`case`, `row`, `data_return`) that
        these rows have in them."""
        made: list[dict[str, object]] = []
        sides = [rows.select(pl.lit(0, pl.Int64).alias("case"), "row", "data_return").clear()]
        for name, keys in self.keys.items():
            for key, returns in sorted(keys.items()):
                case = first + len(made)
                told = {"verdict": Verdict.PLACEHOLDER.value, "message": MESSAGES[name], "birth_dates_differ": False}
                made.append(
                    {"case": case, "kind": KINDS[name].value, "key": key, **told, "returns": returns, "fingerprint": 0}
                )
                mine = rows.filter(pl.col(name) == key)
                sides.append(mine.select(pl.lit(case, pl.Int64).alias("case"), "row", "data_return"))
        return made, pl.concat(sides)
