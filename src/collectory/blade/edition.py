"""Editions: a blade in one year and term."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

import polars as pl

from collectory.blade.codesets import CodeSet
from collectory.blade.derived import rules_of_fields
from collectory.blade.entities import Entity, Field
from collectory.blade.extra_rules import ExtraRules, in_one
from collectory.blade.forms import Form
from collectory.blade.kinds import Code
from collectory.blade.rules import Rule, merged
from collectory.blade.switches import Switch, SwitchKind, in_force

if TYPE_CHECKING:
    from collectory.blade.blade import Blade


@dataclass(frozen=True, eq=False)
class Edition:
    """What one year and term of a blade differs in.

    key         such as "school-census-2021-autumn"
    when        a text that sorts editions in time, such as "2021-3"
    follows     the `when` of the collection before, which need not be known; "" for whichever known edition is last
    term        the blade's word for the term in the file ("AUT"), "" for yearly collections
    parameters  dates, windows and thresholds by name; rules read them as `edition.name`
    codesets    code sets that differ from the blade's
    withdrawn   keys of rules that this edition does not ask
    extra       rules from outside that are asked beside the blade's; see `with_extra`
    switches    rules that were softened or withdrawn while the collection ran, by key; see `switched`
    """

    blade: Blade
    key: str
    title: str
    year: str
    when: str
    term: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    codesets: Mapping[str, CodeSet] = field(default_factory=dict)
    withdrawn: tuple[str, ...] = ()
    switches: Mapping[str, Switch] = field(default_factory=dict)
    follows: str = ""
    extra: tuple[Rule, ...] = ()

    checker: ClassVar[Callable[..., pl.DataFrame] | None] = None
    """What `check` calls. The engine sets it when it is imported; the language itself can run no rules."""

    def __getattr__(self, name: str) -> Any:
        # Reached for names that are no attribute: the parameters.
        parameters = self.__dict__.get("parameters", {})
        if name in parameters:
            return parameters[name]
        raise AttributeError(f"{self.__dict__.get('key')} has no parameter {name}")

    def __repr__(self) -> str:
        return f"<Edition {self.key}>"

    @property
    def before(self) -> Edition | None:
        """The edition of the collection directly before, with whose returns this one's are compared; None where it is
        not known here."""
        earlier = [each for each in self.blade.editions if each.when < self.when]
        return next((each for each in reversed(earlier) if self.follows in ("", each.when)), None)

    @cached_property
    def entities(self) -> tuple[Entity, ...]:
        """The entities of this edition, parents before children, with this edition's fields only."""
        kept: dict[str, Entity] = {}
        for each in self.blade.entities:
            if not each.when.includes(self.term, self.when):
                continue
            if each.parent is not None and each.parent.name not in kept:
                continue
            parent = kept[each.parent.name] if each.parent else None
            kept[each.name] = each.limited_to(self.term, self.when, parent)
        return tuple(kept.values())

    @cached_property
    def _entities_by_name(self) -> dict[str, Entity]:
        return {each.name: each for each in self.entities}

    def entity(self, name: str) -> Entity:
        """The entity of that name. Raises KeyError."""
        return self._entities_by_name[name]

    def has_entity(self, name: str) -> bool:
        return name in self._entities_by_name

    def children(self, entity: Entity) -> tuple[Entity, ...]:
        """The entities directly below one."""
        return tuple(each for each in self.entities if each.parent and each.parent.name == entity.name)

    @cached_property
    def form(self) -> Form | None:
        """The form of this edition; None where the blade is not keyed on screen."""
        return self.blade.form.of(self) if self.blade.form else None

    @cached_property
    def rules(self) -> tuple[Rule, ...]:
        """All rules of this edition, those derived from fields included, sorted by number."""
        written = [
            each
            for each in (*self.blade.rules, *self.extra)
            if each.when.includes(self.term, self.when) and each.key not in self.withdrawn
        ]
        derived = [each for each in rules_of_fields(self) if each.key not in self.withdrawn]
        asked = (self.as_switched(each) for each in merged([*written, *derived]))
        return tuple(sorted((each for each in asked if each is not None), key=_by_number))

    def switched(self, switches: Iterable[Switch]) -> Edition:
        """This edition with some rules softened, withdrawn or restored. It is left as it is; this is another one.

        The last switch of a rule counts. One of a rule that the edition does not have changes nothing, so that
        switches outlive a rule.
        """
        after = in_force(self.switches, switches)
        if after == self.switches:
            return self
        made = replace(self, switches=after)
        # Tables are no matter of rules, and need not be worked out again.
        made.__dict__["entities"] = self.entities
        return made

    def with_extra(self, sets: Iterable[ExtraRules]) -> Edition:
        """This edition with rules from outside added, of those sets that are for its blade. It is left as it is.

        Raises ValueError where two sets share a prefix or a number is one of the blade's.
        """
        extra = in_one(each for each in sets if each.blade == self.blade.name)
        if not extra:
            return self
        own = {each.key for each in self.blade.rules}
        if taken := [each.key for each in extra if each.key in own]:
            raise ValueError(f"{self.blade.title} has a rule {taken[0]} of its own")
        made = replace(self, extra=extra)
        made.__dict__["entities"] = self.entities
        return made

    @cached_property
    def as_published(self) -> Edition:
        """This edition without its switches."""
        return self.switched(Switch(key, SwitchKind.RESTORE) for key in self.switches)

    def as_switched(self, rule: Rule) -> Rule | None:
        """A rule as this edition asks it; None where it was withdrawn."""
        switch = self.switches.get(rule.key)
        return rule if switch is None else switch.on(rule)

    def rule(self, key: str) -> Rule:
        """The rule of that key. Raises KeyError."""
        return self._rules_by_key[key]

    @cached_property
    def _rules_by_key(self) -> dict[str, Rule]:
        return {each.key: each for each in self.rules}

    def codeset(self, field: Field) -> Mapping[str, str] | None:
        """Code → meaning for a field that takes codes, else None."""
        return self.codes(field.kind.codeset).codes if isinstance(field.kind, Code) else None

    def codes(self, name: str) -> CodeSet:
        """The code set of that name as this edition has it. Raises KeyError."""
        return self.codesets.get(name) or self.blade.codesets[name]

    def check(
        self,
        data: Any,
        previous: Any = None,
        register: pl.DataFrame | None = None,
        lists: Mapping[str, pl.DataFrame] | None = None,
    ) -> pl.DataFrame:
        """The findings of a data set of this edition, or of plain tables; columns as in `Result.findings`.

        Raises RuntimeError where the engine is not imported.
        """
        checker = type(self).checker
        if checker is None:
            raise RuntimeError("import collectory first: the engine runs the rules")
        return checker(self, data, previous, register, lists)

    def holds(self, field: Field, text: pl.Expr, typed: pl.Expr) -> pl.Expr:
        """Whether a text, with its typed value, is valid for a field; null or true for a missing text."""
        codes = self.codeset(field)
        return field.kind.valid(text, typed) if codes is None else text.is_in(list(codes))


def _by_number(rule: Rule) -> tuple[int, int, str, str]:
    digits = "".join(c for c in rule.number if c.isdigit())
    plain = rule.number.rstrip("Q").isdigit()
    return (0 if plain else 1, int(digits) if plain else 0, rule.number, rule.key)
