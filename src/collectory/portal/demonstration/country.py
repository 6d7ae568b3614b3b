"""The country: three councils with twenty schools each, a third of them academies, two trusts, and its people.

Its organisations come out of a register in the national register's own columns, loaded as a collector loads it.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass

from django.contrib.auth.hashers import make_password
from django.db import transaction

import collectory
from collectory.blade import Blade
from collectory.blades.school_census.sample.identifiers import urn
from collectory.blades.school_census.sample.made_up_lists import made_up_lists
from collectory.engine import Refusal
from collectory.portal.collections.models import DataCollection
from collectory.portal.demonstration import forms, people
from collectory.portal.in_bulk import save_fields
from collectory.portal.lists import loading as list_loading
from collectory.portal.lists.models import ListVersion
from collectory.portal.organisations.loading import apply, preview
from collectory.portal.organisations.models import Register
from collectory.portal.organisations.rows import (
    LA,
    LA_NAME,
    NAME,
    NUMBER,
    OPENED,
    PHASE,
    STATUS,
    TRUST,
    TRUST_NAME,
    TYPE,
    URN,
)
from collectory.portal.people.checks import DEMONSTRATION_PASSWORD
from collectory.portal.people.models import Membership, Organisation, Role, User
from collectory.portal.returns.models import Return

COUNCILS = {
    "855": "Larkshire County Council",
    "856": "Fernmouth City Council",
    "857": "Dunmere Borough Council",
}
TRUSTS = {"2901": "Willow Learning Trust", "2902": "North Lark Academies"}

# Of each council: establishment number, kind of school in its name, phase, type.
MAINTAINED, ACADEMY = "Community school", "Academy converter"
SCHOOLS = [
    *((2001 + n, "Primary School", "Primary", MAINTAINED) for n in range(7)),
    *((2008 + n, "Primary Academy", "Primary", ACADEMY) for n in range(4)),
    (2012, "Church of England Primary School", "Primary", "Voluntary aided school"),
    (4001, "Academy", "Secondary", ACADEMY),
    (4002, "High School", "Secondary", MAINTAINED),
    (4003, "School", "Secondary", "Foundation school"),
    (4004, "College", "Secondary", "Academy sponsor led"),
    (6001, "All-through School", "All through", "Free schools"),
    (7001, "Special School", "Not applicable", "Community special school"),
    (1001, "Nursery School", "Nursery", "Local authority nursery school"),
    (1101, "Centre", "Not applicable", "Pupil referral unit"),
]
PLACES = [
    "Alderbrook",
    "Applecross",
    "Ashcombe",
    "Barrowden",
    "Beckfold",
    "Birchwater",
    "Bluebell",
    "Bramley",
    "Brookfen",
    "Calderwick",
    "Carrow",
    "Chalkpit",
    "Cloverley",
    "Copsewood",
    "Cresswater",
    "Dovecote",
    "Eastmere",
    "Elderflow",
    "Fallowfield",
    "Fenwick",
    "Foxglove",
    "Gorseley",
    "Greenhythe",
    "Hartsease",
    "Hawksmoor",
    "Hazelbank",
    "Heronsgate",
    "Hollybush",
    "Ivybridge",
    "Kestrel",
    "Kingsfold",
    "Larchwood",
    "Lindenhall",
    "Marlpit",
    "Meadowsweet",
    "Millstream",
    "Mossgate",
    "Nettlecombe",
    "Oakhanger",
    "Orchard",
    "Otterburn",
    "Peartree",
    "Pinemarsh",
    "Plumfield",
    "Quarryside",
    "Redmere",
    "Rosehip",
    "Rowanlea",
    "Sandpiper",
    "Sedgeford",
    "Silverbeck",
    "Stonechat",
    "Summerfield",
    "Swallowdale",
    "Thistledown",
    "Underhill",
    "Wagtail",
    "Waterlily",
    "Whitethorn",
    "Windrush",
]


@dataclass(frozen=True)
class Account:
    """Somebody to sign in as, and what to try as them."""

    username: str
    first_name: str
    last_name: str
    role: Role
    native_id: str
    to_try: str


# Those of people.py and forms.py first, by the same names, then those that only the country has.
ACCOUNTS = [
    Account(
        "harcourt",
        "Amina",
        "Osei",
        Role.SOURCE,
        "8554001",
        "Upload the file to try, read All errors, explain them and submit.",
    ),
    Account(
        "harcourt-reader",
        "Colin",
        "Peart",
        Role.SOURCE_VIEWER,
        "8554001",
        "See the return of the same school; nothing can be changed.",
    ),
    Account(
        "wharf",
        "Tomasz",
        "Reid",
        Role.SOURCE,
        "8554002",
        "A maintained school: what it submits goes to its council.",
    ),
    Account(
        "bramble", "Grace", "Liddell", Role.SOURCE, "8552001", "A primary school, with a return on its way already."
    ),
    Account(
        "larkshire",
        "Owen",
        "Batra",
        Role.AGENT,
        "855",
        "Look through your schools' returns, approve what is submitted, reject one with a reason.",
    ),
    Account(
        "larkshire-reader",
        "Paula",
        "Dent",
        Role.AGENT_VIEWER,
        "855",
        "See what the council sees, without its buttons. She also sends a small school's return: "
        "change whom you act for in the line at the top.",
    ),
    Account(
        "larkshire-sen",
        "Nadia",
        "Whitlock",
        Role.SOURCE,
        "855",
        "Key the SEN2 return on screen, with last year's beside it.",
    ),
    Account(
        "larkshire-approver",
        "Marcus",
        "Ferreira",
        Role.APPROVER,
        "855",
        "Invite a colleague, change a role, archive an account.",
    ),
    Account("fernmouth", "Leila", "Abbott", Role.AGENT, "856", "Another council, with schools of its own."),
    Account("fernmouth-sen", "Ewan", "Prior", Role.SOURCE, "856", "Start a SEN2 return from nothing."),
    Account("dunmere", "Piotr", "Hale", Role.AGENT, "857", "The third council."),
    Account(
        "willow",
        "Yusuf",
        "Marsh",
        Role.SOURCE,
        "T2901",
        "A trust: open and submit the returns of all its academies.",
    ),
    Account("willow-reader", "Dawn", "Kerr", Role.SOURCE_VIEWER, "T2901", "See them, and change nothing."),
    Account(
        "department",
        "Ruth",
        "Delaney",
        Role.COLLECTOR,
        "000",
        "OK an error, ask about a query, authorise an approved return; load a register.",
    ),
    Account("department-reader", "Hugh", "Silva", Role.COLLECTOR_VIEWER, "000", "See every return in the country."),
    Account(
        "administrator",
        "Inez",
        "Walsh",
        Role.ADMINISTRATOR,
        "000",
        "Look after organisations, people and dates; sees no returns.",
    ),
]
SECOND_ROLES = [("larkshire-reader", Role.SOURCE, "8552002")]


@dataclass(frozen=True)
class Shown(Account):
    """An account with the name of its organisation."""

    organisation: str


def accounts_to_try() -> list[Shown]:
    """The accounts to show at the start and on the sign-in page: those that there are."""
    there = dict(User.objects.filter(is_demonstration=True).values_list("username", "is_active"))
    names = dict(Organisation.objects.values_list("native_id", "name"))
    listed = [one for one in ACCOUNTS if there.get(one.username)]
    return [Shown(**vars(one), organisation=names.get(one.native_id, "")) for one in listed]


def schools() -> list[dict[str, str]]:
    """The rows of the register, one for each school."""
    known = {native_id: name for native_id, name, kind, *_ in people.ORGANISATIONS if kind == "school"}
    places, rows, academies = iter(PLACES), [], 0
    for council, council_name in COUNCILS.items():
        for number, ending, phase, kind in SCHOOLS:
            place = next(places)
            row = {
                URN: urn(council, str(number)),
                LA: council,
                LA_NAME: council_name,
                NUMBER: str(number),
                NAME: known.get(f"{council}{number}") or f"{place} {ending}",
                TYPE: kind,
                PHASE: phase,
                STATUS: "Open",
                OPENED: "01-09-1998",
                TRUST: "",
                TRUST_NAME: "",
            }
            if "cademy" in kind:
                # Every third academy stands alone; Harcourt Spinney is one of Willow's.
                trust = ["2901", "2902", ""][academies % 3] if f"{council}{number}" != people.FIRST_SCHOOL else "2901"
                academies += 1
                row |= {TRUST: trust, TRUST_NAME: TRUSTS.get(trust, "")}
            rows.append(row)
    return rows


def register() -> bytes:
    """The register of the country, as its publisher would offer it."""
    rows = schools()
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), quoting=csv.QUOTE_ALL)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode("cp1252")


def _load_lists(blade: Blade) -> None:
    """The lists that rules about learning aims ask, made up of what the country's students study."""
    for name, content in made_up_lists().items():
        if ListVersion.in_force(blade.name, name) is None:
            collector = Membership.objects.get(user__username="department")
            found = list_loading.preview(collector.user, blade.name, blade.reference_list(name), f"{name}.csv", content)
            if isinstance(found, Refusal) or isinstance(list_loading.apply(found, collector), Refusal):
                raise RuntimeError("the demonstration's list is not taken by its own loader")


def set_up() -> DataCollection:
    """Make everything of the country that is not there yet, without the data of its returns. Again: no change."""
    collection = people.set_up()
    forms.set_up(DEMONSTRATION_PASSWORD)
    if Register.in_force() is None:
        collector = Membership.objects.get(user__username="department")
        found = preview(collector.user, "register-of-schools.csv", register())
        if isinstance(found, Refusal) or isinstance(apply(found, collector), Refusal):
            raise RuntimeError("the demonstration's register is not taken by its own loader")
    _load_lists(collectory.edition(collection.edition_key).blade)
    with transaction.atomic():
        _people()
        here = Organisation.objects.filter(kind=Organisation.Kind.SCHOOL, is_open=True)
        missing = here.exclude(returns__collection=collection)
        Return.objects.bulk_create(Return(collection=collection, organisation=one) for one in missing)
    return collection


def _people() -> None:
    """The accounts, and for each school a person who sends its return: its native ID is the user name."""
    here = {one.native_id: one for one in Organisation.objects.all()}
    wanted = [(one.username, one.first_name, one.last_name, one.role, one.native_id) for one in ACCOUNTS]
    wanted += [
        (f"{la}{number}", "Data", "Manager", Role.SOURCE, f"{la}{number}") for la in COUNCILS for number, *_ in SCHOOLS
    ]
    known = set(User.objects.values_list("username", flat=True))
    # One hash for all: it is the same published password, and a good hash takes its time.
    password = make_password(DEMONSTRATION_PASSWORD) if any(name not in known for name, *_ in wanted) else ""
    User.objects.bulk_create(
        User(
            username=name,
            first_name=first,
            last_name=last,
            email=people.address_of(name),
            password=password,
            is_demonstration=True,
        )
        for name, first, last, *_ in wanted
        if name not in known
    )
    without = list(User.objects.filter(is_demonstration=True, email=""))  # made before they had addresses
    for one in without:
        one.email = people.address_of(one.username)
    save_fields(without, ["email"])
    users = {one.username: one for one in User.objects.all()}
    roles = [(name, role, native_id) for name, _, _, role, native_id in wanted if name not in known]
    roles += [one for one in SECOND_ROLES if one[0] in users]
    Membership.objects.bulk_create(
        [Membership(user=users[name], role=role, organisation=here[native_id]) for name, role, native_id in roles],
        ignore_conflicts=True,
    )
