"""What loading a register would change: compared with what is here, as a list that can be shown, kept and repeated."""

from __future__ import annotations

import json
from collections import ChainMap, Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from collectory.portal.organisations.rows import CLOSED, EMAIL, OPENED, PHASE, TRUST, Contents, Row
from collectory.portal.people.models import Organisation

Kind, Status = Organisation.Kind, Organisation.Status

# The kinds of change, in the order of the preview.
NEW, CHANGED, CLOSES, MERGED, MISSING, PROBLEM = "new", "changed", "closes", "merged", "missing", "problem"
KINDS = (NEW, CHANGED, CLOSES, MERGED, MISSING, PROBLEM)

# The values that a register sets, with what a page calls them. Organisations are named by their native ID.
FIELDS = {
    "name": "Name",
    "kind": "Kind",
    "urn": "URN",
    "school_type": "Type",
    "phase": "Phase",
    "status": "Status",
    "opened_on": "Opened",
    "closed_on": "Closed",
    "email": "Contact e-mail",
    "authority": "Authority",
    "agent": "Agent",
    "trust": "Trust",
    "successor": "Successor",
}
POINTERS = ("authority", "agent", "trust", "successor")


@dataclass(frozen=True)
class Change:
    """One organisation before and after. `row` is its row in the file, 0 for what the file does not have.

    values  field to its value before and after, as text; of a problem, its column and what is wrong
    """

    what: str
    native_id: str
    name: str
    row: int = 0
    values: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    why: str = ""


@dataclass(frozen=True)
class Changes:
    """All that a register would change, in the order of the preview, and the rows that say nothing for us."""

    listed: tuple[Change, ...]
    not_taken: Mapping[str, int]

    @property
    def counts(self) -> dict[str, int]:
        """How many changes there are of each kind."""
        found = Counter(change.what for change in self.listed)
        return {kind: found[kind] for kind in KINDS}

    def of(self, what: str) -> tuple[Change, ...]:
        """The changes of one kind."""
        return tuple(change for change in self.listed if change.what == what)

    def as_bytes(self) -> bytes:
        """The list as JSON: the same changes give the same bytes."""
        lines = [[one.what, one.native_id, one.name, one.row, dict(one.values), one.why] for one in self.listed]
        return json.dumps([lines, dict(self.not_taken)], ensure_ascii=False, separators=(",", ":")).encode()

    @classmethod
    def from_bytes(cls, data: bytes) -> Changes:
        """The list that `as_bytes` wrote."""
        lines, not_taken = json.loads(data)
        return cls(
            tuple(
                Change(what, native_id, name, row, {key: (a, b) for key, (a, b) in values.items()}, why)
                for what, native_id, name, row, values, why in lines
            ),
            not_taken,
        )


def as_text(organisation: Organisation, native_ids: Mapping[int, str]) -> dict[str, str]:
    """The values of an organisation that a register sets, as text."""
    found: dict[str, str] = {}
    for name in FIELDS:
        value: Any = getattr(organisation, f"{name}_id" if name in POINTERS else name)
        found[name] = native_ids[value] if name in POINTERS and value else str(value or "")
    return found


def changes_of(contents: Contents) -> Changes:
    """Compare a register with the organisations that are here. Reads them in one query."""
    here = {one.native_id: one for one in Organisation.objects.all()}
    native_ids = {one.pk: one.native_id for one in here.values()}
    before = {native_id: as_text(one, native_ids) for native_id, one in here.items()}
    department = next(native_id for native_id, one in here.items() if one.kind == Kind.DEPARTMENT)
    not_taken = Counter(contents.not_taken)
    after: dict[str, dict[str, str]] = {}
    rows: dict[str, Row] = {}
    for native_id, row in contents.rows.items():
        if native_id not in here and row.status is Status.CLOSED:
            not_taken["Closed, and never known here"] += 1
            continue
        for above in _above(row, ChainMap(after, before), department):
            after.setdefault(above["native_id"], {**before.get(above["native_id"], {}), **above})
        rows[native_id] = row
        after[native_id] = {**before.get(native_id, dict.fromkeys(FIELDS, "")), **_wanted(row, contents, department)}
    heirs = _heirs(contents, here, after)
    for native_id, heir in heirs.items():
        values = after.setdefault(native_id, dict(before[native_id]))
        values["successor"] = heir
        if native_id not in rows:  # the school goes on under another number
            values["status"] = Status.CLOSED.value
    listed = [_change(native_id, values, before.get(native_id), rows) for native_id, values in after.items()]
    listed.extend(_missing(contents, here, after))
    listed.extend(Change(PROBLEM, "", one.column, one.row, {one.column: ("", one.text)}) for one in contents.problems)
    found = [change for change in listed if change is not None]
    found.sort(key=lambda change: (KINDS.index(change.what), change.native_id, change.row))
    return Changes(tuple(found), dict(sorted(not_taken.items())))


def _wanted(row: Row, contents: Contents, department: str) -> dict[str, str]:
    """The values that a row sets. Columns that the file does not have, and an empty address, change nothing."""
    values = {
        "name": row.name,
        "kind": Kind.SCHOOL.value,
        "urn": row.urn,
        "school_type": row.type.name,
        "status": row.status.value,
        "authority": row.authority,
        "agent": row.authority if row.type.agent == "authority" else department,
    }
    if PHASE in contents.columns or row.phase:
        values["phase"] = row.phase
    if OPENED in contents.columns:
        values["opened_on"] = str(row.opened_on or "")
    if CLOSED in contents.columns:
        values["closed_on"] = str(row.closed_on or "")
    if TRUST in contents.columns:
        values["trust"] = row.trust
    if EMAIL in contents.columns and row.email:
        values["email"] = row.email
    return values


def _above(row: Row, known: Mapping[str, Mapping[str, str]], department: str) -> list[dict[str, str]]:
    """The authority and the trust of a school, where they are new here or are called something else now."""
    found = []
    blank = dict.fromkeys(FIELDS, "")
    name = row.authority_name or known.get(row.authority, {}).get("name") or f"Local authority {row.authority}"
    if known.get(row.authority, {}).get("name") != name:
        start = known.get(row.authority) or {
            **blank,
            "kind": Kind.AUTHORITY.value,
            "status": Status.OPEN.value,
            "agent": department,
        }
        found.append({**start, "name": name, "native_id": row.authority})
    if row.trust:
        name = row.trust_name or known.get(row.trust, {}).get("name") or f"Trust {row.trust[1:]}"
        if known.get(row.trust, {}).get("name") != name:
            start = known.get(row.trust) or {**blank, "kind": Kind.TRUST.value, "status": Status.OPEN.value}
            found.append({**start, "name": name, "native_id": row.trust})
    return found


def _heirs(
    contents: Contents, here: Mapping[str, Organisation], after: Mapping[str, Mapping[str, str]]
) -> dict[str, str]:
    """For each organisation that was replaced, the native ID of the one that stands in its place at the end."""
    number_of = {one.urn: native_id for native_id, one in here.items() if one.urn and one.is_open}
    number_of |= {row.urn: native_id for native_id, row in contents.rows.items() if native_id in after}
    direct: dict[str, str] = {}
    for native_id, one in here.items():
        if one.kind != Kind.SCHOOL or not one.urn:
            continue
        moved = number_of.get(one.urn)
        goes_on = one.is_open and native_id not in contents.seen and moved is not None and moved != native_id
        closed = native_id in after and after[native_id]["status"] == Status.CLOSED.value
        if goes_on and moved:
            direct[native_id] = moved
        elif closed and (heir := _last(one.urn, contents.links, number_of)) and heir != native_id:
            direct[native_id] = heir
    known = {native_id: one.successor_id for native_id, one in here.items() if one.successor_id}
    native_ids = {one.pk: native_id for native_id, one in here.items()}
    chain = {native_id: native_ids[successor] for native_id, successor in known.items()} | direct
    ends = {native_id: _end(native_id, chain) for native_id in chain}
    return {native_id: heir for native_id, heir in ends.items() if native_ids.get(known.get(native_id) or 0) != heir}


def _last(urn: str, links: Mapping[str, str], number_of: Mapping[str, str]) -> str | None:
    """The native ID of the last school in a chain of links that is known here or in the file."""
    found, seen = None, {urn}
    while (urn := links.get(urn, "")) and urn not in seen:
        seen.add(urn)
        found = number_of.get(urn, found)
    return found


def _end(native_id: str, chain: Mapping[str, str]) -> str:
    seen = {native_id}
    while (following := chain.get(native_id)) and following not in seen:
        seen.add(following)
        native_id = following
    return native_id


def _change(
    native_id: str, values: Mapping[str, str], before: Mapping[str, str] | None, rows: Mapping[str, Row]
) -> Change | None:
    old = before or dict.fromkeys(FIELDS, "")
    differs = {name: (old[name], values[name]) for name in FIELDS if old[name] != values[name]}
    if not differs:
        return None
    row = rows.get(native_id)
    closes = differs.get("status", ("", ""))[1] == Status.CLOSED.value
    what = NEW if before is None else MERGED if "successor" in differs else CLOSES if closes else CHANGED
    why = row.why_closed if row is not None and closes else ""
    return Change(what, native_id, values["name"], row.number if row else 0, differs, why)


def _missing(
    contents: Contents, here: Mapping[str, Organisation], after: Mapping[str, Mapping[str, str]]
) -> list[Change]:
    """Schools that are open here, of authorities that the file covers, without a row in it."""
    covered = {row.authority for row in contents.rows.values()}
    return [
        Change(MISSING, native_id, one.name)
        for native_id, one in here.items()
        if one.kind == Kind.SCHOOL
        and one.is_open
        and native_id[:3] in covered
        and native_id not in contents.seen
        and native_id not in after
    ]
