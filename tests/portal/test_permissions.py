"""Every address declares a permission, and every role gets exactly what it should: a matrix made of the URL list."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator

import pytest
from django.conf import settings
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from pytest_django import DjangoDbBlocker

from collectory.portal import demonstration
from collectory.portal.collections.models import DataCollection, OkPolicy
from collectory.portal.people.models import AccessLog, Membership, Organisation, Role, User
from collectory.portal.people.permissions import Act, Duty, Permission, may, part_in


def addresses(patterns: list[URLPattern | URLResolver], before: str = "") -> Iterator[tuple[str, URLPattern]]:
    """Every URL pattern with its whole route."""
    for pattern in patterns:
        route = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from addresses(pattern.url_patterns, route)
        else:
            yield route, pattern


METHODS = ("get", "post") if settings.DATABASES["default"]["ENGINE"].endswith("sqlite3") else ("get",)
"""With what addresses are asked: a guard does not know which database is asked, so that both are tried on one."""

People = dict[tuple[str, str], Client]
ALL = list(addresses(get_resolver("collectory.portal.urls").url_patterns))
OF_A_RETURN = [(route, pattern) for route, pattern in ALL if "<slug:native_id>" in route]


def filled(route: str, pattern: URLPattern, native_id: str) -> str:
    """A route with values in the place of its converters."""
    values = {"collection": "school-census-2021-autumn", "native_id": native_id}
    for name, converter in get_converters(route).items():
        values.setdefault(name, converter)
    for name, value in values.items():
        for kind in ("slug", "int", "str", "path", "uuid", "uuidstr"):
            route = route.replace(f"<{kind}:{name}>", value)
    assert "<" not in route, route
    return "/" + route


def get_converters(route: str) -> dict[str, str]:
    """The names in a route with a value that each converter takes."""
    nobodys = "a8098c1a-f86e-11da-bd1a-00112444be1e"
    kinds = {"slug": "none", "int": "1", "str": "none", "path": "nowhere", "uuid": nobodys, "uuidstr": nobodys}
    parts = [part.split(">")[0] for part in route.split("<")[1:]]
    return {part.split(":")[1]: kinds[part.split(":")[0]] for part in parts}


@pytest.mark.parametrize(("route", "pattern"), ALL, ids=[route or "(start)" for route, _ in ALL])
def test_every_view_declares_its_permission(route: str, pattern: URLPattern) -> None:
    permission = getattr(pattern.callback, "permission", None)
    assert isinstance(permission, Permission), f"{route} has no @public, @signed_in, @with_duty or @on_…"
    assert (permission.kind == "return") == ("<slug:native_id>" in route), "a return's address is guarded by @on_return"
    assert (permission.kind == "case") == ("<int:case>" in route), "a case's address is guarded by @on_case"
    if permission.kind in {"collection", "case"}:
        assert "<slug:collection>" in route


@pytest.fixture(scope="module")
def _world(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[dict[tuple[str, str], str]]:
    """The people and schools, made once; gives the session of a person with each role at each organisation.

    One transaction around the whole module, taken back at its end; the one of each test is a savepoint in it.
    """
    with django_db_blocker.unblock(), transaction.atomic():
        demonstration.set_up()
        trust = Organisation.objects.create(native_id="T901", name="Willow Trust", kind=Organisation.Kind.TRUST)
        Organisation.objects.filter(native_id="8554001").update(trust=trust)
        organisations = {one.native_id: one for one in Organisation.objects.all()}
        sessions = {}
        for role, native_id in itertools.product(Role, ["8554002", "8552001", "855", "000", "T901"]):
            user = User.objects.create_user(username=f"{role.value}-{native_id}")
            Membership.objects.create(user=user, organisation=organisations[native_id], role=role)
            client = Client()
            client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
            sessions[role.value, native_id] = client.cookies[settings.SESSION_COOKIE_NAME].value
        yield sessions
        transaction.set_rollback(True)


@pytest.fixture
def people(_world: dict[tuple[str, str], str], db: None) -> People:
    """A client for every role at every kind of organisation: its own school, another, the authority, the department,
    and the trust that runs 8554001. What a test changes is taken back after it."""
    clients = {}
    for who, session in _world.items():
        clients[who] = Client()
        clients[who].cookies[settings.SESSION_COOKIE_NAME] = session
    return clients


def expected_of_academy(role: str, own: str, act: Act) -> int:
    """What the people of its trust, its authority and the department get for a return of 8554001, an academy of
    the trust T901 with the department for its agent: written out here as `expected` is."""
    if act in {Act.LOOK, Act.EXPORT}:
        reads = {
            ("source", "T901"),
            ("source_viewer", "T901"),
            ("collector", "000"),
            ("collector_viewer", "000"),
            ("agent", "000"),
            ("agent_viewer", "000"),
        }
        return 200 if (role, own) in reads else 404
    match role, own:
        case "source", "T901":
            does = {Act.UPLOAD, Act.EDIT, Act.NOTE, Act.SUBMIT, Act.WITHDRAW, Act.DELETE}
        case "collector", "000":
            does = {Act.EDIT, Act.NOTE, Act.OK, Act.ASK, Act.APPROVE, Act.REJECT, Act.AUTHORISE, Act.REOPEN}
        case "agent", "000":
            does = {Act.UPLOAD, Act.EDIT, Act.NOTE, Act.SUBMIT, Act.DELETE, Act.APPROVE, Act.REJECT}
        case ("source_viewer", "T901") | ("collector_viewer" | "agent_viewer", "000"):
            does = set()
        case _:
            return 404
    return 200 if act in does else 403


def expected(role: str, own: str, act: Act) -> int:
    """What a person gets for a return of 8554002, a maintained school whose agent is its authority: written out
    here from the words of the specification, not taken from the table that it tests."""
    concerned = {
        "source": own == "8554002",
        "source_viewer": own == "8554002",
        "agent": own == "855",
        "agent_viewer": own == "855",
        "collector": own == "000",
        "collector_viewer": own == "000",
        "approver": False,
        "administrator": False,
    }[role]
    if not concerned:
        return 404
    changes = {
        "source": {Act.UPLOAD, Act.EDIT, Act.NOTE, Act.SUBMIT, Act.WITHDRAW, Act.DELETE},
        "agent": {Act.UPLOAD, Act.EDIT, Act.NOTE, Act.SUBMIT, Act.DELETE, Act.APPROVE, Act.REJECT},
        "collector": {Act.EDIT, Act.NOTE, Act.OK, Act.ASK, Act.REJECT, Act.AUTHORISE, Act.REOPEN},
    }.get(role, set())
    return 200 if act in {Act.LOOK, Act.EXPORT} or act in changes else 403


@pytest.mark.parametrize(("route", "pattern"), OF_A_RETURN, ids=[route for route, _ in OF_A_RETURN])
def test_matrix(route: str, pattern: URLPattern, people: People) -> None:
    act = pattern.callback.permission.act
    assert act is not None
    nobody = Client()
    for method in METHODS:
        address = filled(route, pattern, "8554002")
        assert getattr(nobody, method)(address).status_code == 302, "not signed in: to the sign-in page"
        for (role, own), client in people.items():
            status = getattr(client, method)(address).status_code
            wanted = expected(role, own, act)
            if wanted == 200:
                # Past the guard: the page itself may redirect, refuse the method, or know no such record.
                assert status != 403 and status < 500, (method, role, own, status)
            else:
                assert status == wanted, (method, role, own, status)


@pytest.mark.parametrize(("route", "pattern"), OF_A_RETURN, ids=[route for route, _ in OF_A_RETURN])
def test_matrix_of_an_academy(route: str, pattern: URLPattern, people: People) -> None:
    act = pattern.callback.permission.act
    for (role, own), client in people.items():
        if own not in {"T901", "855", "000"}:
            continue
        status = client.get(filled(route, pattern, "8554001")).status_code
        wanted = expected_of_academy(role, own, act)
        if wanted == 200:
            assert status != 403 and status < 500, (role, own, status)
        else:
            assert status == wanted, (role, own, status)


@pytest.mark.parametrize(("route", "pattern"), OF_A_RETURN, ids=[route for route, _ in OF_A_RETURN])
def test_what_does_not_exist_answers_as_what_is_not_yours(route: str, pattern: URLPattern, people: People) -> None:
    client = people["source", "8554002"]
    theirs = client.get(filled(route, pattern, "8554001"))
    nowhere = client.get(filled(route, pattern, "9999999"))
    assert theirs.status_code == nowhere.status_code == 404
    token = re.compile(rb'name="csrfmiddlewaretoken" value="[^"]*"|signed out on [^.]*')
    assert token.sub(b"", theirs.content) == token.sub(b"", nowhere.content)


def has(role: str, own: str, duty: Duty) -> bool:
    """Who has which duty: written out here, not taken from the table that it tests."""
    agents, collectors, administrators = own == "855", own == "000", own == "000"
    match duty:
        case Duty.DESK:
            return (role in {"agent", "agent_viewer"} and agents) or (
                role in {"collector", "collector_viewer"} and collectors
            )
        case Duty.ACT_FOR_MANY:
            return (role == "agent" and agents) or (role == "collector" and collectors)
        case Duty.RUN | Duty.ORGANISATIONS:
            return (role == "collector" and collectors) or (role == "administrator" and administrators)
        case Duty.PEOPLE:
            return role == "approver" or (role == "administrator" and administrators)
        case Duty.WORK:
            return role in {"collector", "collector_viewer"} and collectors
        case Duty.SEND_FILES:
            return role in {"source", "source_viewer"}
        case Duty.TEAM:
            return role in {"agent", "agent_viewer"} and agents
        case Duty.ACT_FOR_TEAM:
            return role == "agent" and agents
        case Duty.ANSWER:
            return role == "collector" and collectors
        case Duty.CASES:
            sources = role in {"source", "source_viewer"}
            return sources or has(role, own, Duty.DESK)


def test_other_pages_for_everybody(people: People) -> None:
    for route, pattern in ALL:
        permission = pattern.callback.permission
        if permission.kind == "return":
            continue
        address = filled(route, pattern, "")
        # Signing out by the button would leave the rest of the walk to nobody.
        for method in METHODS if route != "sign-out/" else ("get",):
            anonymous = getattr(Client(), method)(address).status_code
            if permission.kind == "public":
                assert anonymous in {200, 302, 400, 403, 404, 405, 422}, (route, method)
            elif permission.kind == "script":
                assert anonymous == 401, (route, method, "a script is not sent to the sign-in page")
            elif permission.kind == "token":
                # No session opens these, whoever's it is (tests/portal/test_api.py walks them with tokens).
                statuses = {getattr(client, method)(address).status_code for client in [Client(), *people.values()]}
                assert statuses <= {401, 405, 429}, (route, method, statuses)
                continue
            else:
                assert anonymous == 302, (route, method, "not signed in: to the sign-in page")
            for (role, own), client in people.items():
                status = getattr(client, method)(address).status_code
                if permission.duty is not None and not has(role, own, permission.duty):
                    assert status == 404, (route, method, role, own, status)
                else:
                    assert status < 500, (route, method, role, own, status)


def test_a_person_without_an_organisation_is_told_so(people: People) -> None:
    client = Client()
    client.force_login(User.objects.create_user("nobody"), backend="django.contrib.auth.backends.ModelBackend")
    answer = client.get("/collections/")
    assert answer.status_code == 403 and "not linked to an organisation" in answer.content.decode()


def test_the_department_approves_only_where_it_is_the_agent(people: People) -> None:
    department = Membership.objects.get(user__username="department")
    academy = Organisation.objects.get(native_id="8554001")
    maintained = Organisation.objects.get(native_id="8554002")
    assert may(department, Act.APPROVE, academy) and not may(department, Act.APPROVE, maintained)
    authority = Membership.objects.get(user__username="larkshire")
    assert part_in(authority, academy) is None, "the authority has no part in an academy's return"


def test_agents_ok_only_where_the_data_collection_says_so(people: People) -> None:
    """The matrix above is that of a data collection in which the department alone OKs."""
    collection = DataCollection.objects.get(slug="school-census-2021-autumn")
    agent = Membership.objects.get(user__username="larkshire")
    maintained, academy = (Organisation.objects.get(native_id=one) for one in ("8554002", "8554001"))
    guarded = [(route, pattern) for route, pattern in OF_A_RETURN if pattern.callback.permission.act is Act.OK]
    assert len(guarded) >= 3 and not may(agent, Act.OK, maintained, collection)
    collection.who_oks = OkPolicy.AGENTS
    collection.save()
    assert may(agent, Act.OK, maintained, collection) and not may(agent, Act.ASK, maintained, collection)
    assert not may(agent, Act.OK, academy, collection), "an academy's agent is the department"
    own = {"agent": "855", "collector": "000"}
    for route, pattern in guarded:
        for role in Role:
            for native_id in ("855", "8554002", "8552001", "000"):
                status = people[role.value, native_id].get(filled(route, pattern, "8554002")).status_code
                allowed = own.get(role.value) == native_id
                wanted = expected(role.value, native_id, Act.OK)
                assert (status not in {403} and status < 500) if allowed else status == wanted, (route, role, native_id)


def test_access_to_others_data_is_written_down(people: People) -> None:
    address = "/collections/school-census-2021-autumn/8554002/"
    people["source", "8554002"].get(address)
    people["agent", "8552001"].get(address)
    assert not AccessLog.objects.exists(), "neither one's own return nor one that stays hidden"
    people["agent_viewer", "855"].get(address)
    line = AccessLog.objects.get()
    assert (line.action, line.subject) == ("look", "school-census-2021-autumn 8554002")
    assert line.organisation is not None and line.organisation.native_id == "855"
