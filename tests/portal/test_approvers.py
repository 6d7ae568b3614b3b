"""Approvers and the people of their organisation: inviting, changing, archiving, handing on, the access log."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from django.core import mail
from django.db import connection
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings

from collectory.engine import Refusal
from collectory.portal.collections.models import DataCollection
from collectory.portal.people import managing
from collectory.portal.people.models import AccessLog, Invitation, Membership, Organisation, Role, User
from collectory.portal.returns.models import Return
from tests.portal.conftest import work_off
from tests.portal.opened import load, tables

pytestmark = pytest.mark.django_db
with_worker = pytest.mark.django_db(transaction=True)  # its connection sees only what is committed
GOOD = {
    "first_name": "Ngozi",
    "last_name": "Ward",
    "password": "marmalade tractor bell",
    "again": "marmalade tractor bell",
    "agree": "on",
}


def text(response: object) -> str:
    return response.content.decode()  # type: ignore[attr-defined]


@pytest.fixture
def approver(collection: DataCollection, signed_in: Callable[[str], Client]) -> Client:
    """The approver of Wharf Lane, 8554002."""
    return person("approver", "8554002", Role.APPROVER)


def person(name: str, native_id: str, role: Role) -> Client:
    """A client for a new person."""
    user = User.objects.create_user(name, email=f"{name}@example.org", first_name=name.title(), last_name="Made Up")
    Membership.objects.create(user=user, organisation=Organisation.objects.get(native_id=native_id), role=role)
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def invite(approver: Client) -> Callable[..., str]:
    """Invite somebody and let the worker send the mail; gives the path of the link."""

    def invite(email: str = "New@School.example", role: str = "source", client: Client = approver) -> str:
        answer = client.post("/people/8554002/invite/", {"email": email, "role": role})
        assert answer.status_code == 302, text(answer)
        work_off()
        return link_in(mail.outbox[-1].body)

    return invite


def link_in(body: str) -> str:
    found = re.search(r"http://testserver(/\S+)", body)
    assert found, body
    return found[1]


def opened(path: str, client: Client | None = None) -> tuple[Client, str]:
    """Follow a link from a mail to the address without it."""
    client = client or Client()
    return client, client.get(path).url


@with_worker
def test_an_invitation_becomes_an_account(invite: Callable[..., str], approver: Client) -> None:
    link = invite()
    assert mail.outbox[-1].to == ["new@school.example"] and "Approver Made Up invites you" in mail.outbox[-1].body
    token = link.split("/")[2]
    kept = Invitation.objects.get()
    assert kept.link_hash and token not in kept.link_hash, "the database cannot open the door"
    client, address = opened(link)
    assert token not in address
    assert "new@school.example" in text(client.get(address))
    for changed, said in [
        ({"password": "short", "again": "short"}, "Use at least 12 characters"),
        ({"again": "another"}, "not the same"),
        ({"agree": ""}, "Tick the box"),
        ({"last_name": ""}, "Enter your last name"),
    ]:
        answer = client.post(address, {**GOOD, **changed})
        assert answer.status_code == 422 and said in text(answer)
    assert client.post(address, GOOD).url == "/collections/"
    assert "Ngozi Ward" in text(client.get("/collections/"))
    made = Membership.objects.get(user__username="new@school.example")
    assert (made.role, made.organisation.native_id) == ("source", "8554002")
    assert made.user.acceptances.count() == 1
    late, address = opened(link)
    assert late.get(address).status_code == 404 and "does not work any more" in text(late.get(address)), "once only"
    again = Client().post("/sign-in/", {"login": "new@school.example", "password": GOOD["password"], "agree": "on"})
    assert again.status_code == 302


@with_worker
def test_links_end(invite: Callable[..., str], approver: Client) -> None:
    link = invite()
    kept = Invitation.objects.get()
    assert timedelta(hours=47) < kept.expires_at - timezone.now() <= timedelta(hours=48)
    approver.post(f"/people/invitation/{kept.pk}/", {"do": "again"})
    work_off()
    newest = link_in(mail.outbox[-1].body)
    for path, status in [(link, 404), (newest, 200)]:
        client, address = opened(path)
        assert client.get(address).status_code == status, "only the newest link works"
    Invitation.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    client, address = opened(newest)
    assert client.get(address).status_code == 404
    Invitation.objects.update(expires_at=timezone.now() + timedelta(hours=1))
    approver.post(f"/people/invitation/{kept.pk}/", {"do": "withdraw"})
    client, address = opened(newest)
    assert client.get(address).status_code == 404 and not Invitation.objects.exists()


@with_worker
def test_somebody_with_an_account_takes_up_a_further_role(
    invite: Callable[..., str], signed_in: Callable[[str], Client]
) -> None:
    User.objects.filter(username="harcourt").update(email="amina@school.example")
    link = invite("amina@school.example", "source_viewer")
    client, address = opened(link)
    assert client.get(address).url.startswith("/sign-in/"), "only as themselves"
    other, address = opened(link, signed_in("bramble"))
    assert other.get(address).status_code == 403
    assert other.post(address).status_code == 403
    client, address = opened(link, signed_in("harcourt"))
    assert client.post(address).url == "/collections/"
    assert "Wharf Lane" in text(client.get("/collections/")), "acting in the new role at once"
    assert Membership.objects.filter(user__username="harcourt").count() == 2


def test_only_within_the_own_organisation(approver: Client) -> None:
    theirs = Membership.objects.get(user__username="harcourt")
    for address in ["/people/8554001/all/", "/people/8554001/invite/", f"/people/person/{theirs.pk}/"]:
        assert approver.get(address).status_code == approver.post(address, {"do": "archive"}).status_code == 404 or (
            address.endswith("all/") and approver.get(address).status_code == 404
        )
    theirs.refresh_from_db()
    assert theirs.archived_at is None
    for role in ["collector", "administrator", "agent", ""]:
        answer = approver.post("/people/8554002/invite/", {"email": "a@b.example", "role": role})
        assert answer.status_code == 422 and "No role is chosen" in text(answer)
    mine = Membership.objects.get(user__username="wharf")
    assert approver.post(f"/people/person/{mine.pk}/", {"do": "role", "role": "collector"}).status_code == 422


def test_archive_and_reactivate(approver: Client, signed_in: Callable[[str], Client]) -> None:
    wharf = signed_in("wharf")
    address = "/collections/school-census-2021-autumn/8554002/"
    assert wharf.get(address).status_code == 200
    mine = Membership.objects.get(user__username="wharf")
    approver.post(f"/people/person/{mine.pk}/", {"do": "archive"})
    assert wharf.get(address).status_code == 403, "from this moment"
    page = text(approver.get("/people/8554002/all/?show=archived"))
    assert "Tomasz Reid" in page and "Tomasz Reid" not in text(approver.get("/people/8554002/all/"))
    approver.post(f"/people/person/{mine.pk}/", {"do": "reactivate"})
    assert wharf.get(address).status_code == 200
    approver.post(f"/people/person/{mine.pk}/", {"do": "role", "role": "source_viewer"})
    assert wharf.get(f"{address}upload/").status_code == 403
    said = AccessLog.objects.filter(person__username="wharf").values_list("action", "subject")
    assert ("archived", "Source") in said and ("role changed", "Source to Source (read only)") in said


def test_there_is_always_an_approver(approver: Client) -> None:
    own = Membership.objects.get(user__username="approver")
    for change in [{"do": "archive"}, {"do": "role", "role": "source"}]:
        answer = approver.post(f"/people/person/{own.pk}/", change)
        assert answer.status_code == 422 and "is the only approver" in text(answer)
    wharf = User.objects.get(username="wharf")
    stranger = User.objects.get(username="harcourt")
    refused = approver.post(f"/people/person/{own.pk}/", {"do": "hand-on", "to": str(stranger.pk)})
    assert refused.status_code == 422
    assert approver.post(f"/people/person/{own.pk}/", {"do": "hand-on", "to": str(wharf.pk)}).status_code == 302
    active = Membership.objects.active().filter(organisation__native_id="8554002", role=Role.APPROVER)
    assert [one.user.username for one in active] == ["wharf"]
    assert approver.get("/people/8554002/all/").status_code == 403, "the right is gone"


@with_worker
def test_two_approvers_archive_each_other_at_once(approver: Client) -> None:
    person("second", "8554002", Role.APPROVER)
    approvers = Membership.objects.select_related("user", "organisation").filter(role=Role.APPROVER)
    one, two = approvers.get(user__username="approver"), approvers.get(user__username="second")
    begin, outcomes = threading.Barrier(2, timeout=30), []

    def archive(by: Membership, whom: Membership) -> None:
        begin.wait()
        outcomes.append(managing.archive(by, whom))
        connection.close()

    both = [threading.Thread(target=archive, args=pair) for pair in [(one, two), (two, one)]]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    assert sorted(outcome is None for outcome in outcomes) == [False, True], "one wins, the other is told"
    assert Membership.objects.active().filter(role=Role.APPROVER).count() == 1


def test_who_lost_the_right_meanwhile_is_refused(approver: Client) -> None:
    """What a page knew of somebody when it began is not what counts when it acts."""
    person("second", "8554002", Role.APPROVER)
    approvers = Membership.objects.select_related("user", "organisation").filter(role=Role.APPROVER)
    early, late = approvers.get(user__username="approver"), approvers.get(user__username="second")
    assert managing.archive(approvers.get(pk=early.pk), approvers.get(pk=late.pk)) is None
    wharf = Membership.objects.get(user__username="wharf")
    for refused in [
        managing.archive(late, wharf),
        managing.change_role(late, wharf, "source_viewer"),
        managing.hand_on(late, late, wharf.user),
        managing.archive(late, early),
    ]:
        assert isinstance(refused, Refusal) and "any more" in refused.message
    assert Membership.objects.active().get(pk=wharf.pk).role == Role.SOURCE


def test_resetting_the_second_factor(approver: Client, signed_in: Callable[[str], Client]) -> None:
    wharf = signed_in("wharf")
    mine = Membership.objects.get(user__username="wharf")
    Authenticator.objects.create(user=mine.user, type="totp", data={"secret": "sealed"})
    school = Organisation.objects.get(native_id="8552001")
    elsewhere = Membership.objects.create(user=mine.user, organisation=school, role=Role.SOURCE)
    refused = approver.post(f"/people/person/{mine.pk}/", {"do": "second-factor"})
    assert "acts for other organisations" in text(refused) and Authenticator.objects.exists()
    elsewhere.delete()
    approver.post(f"/people/person/{mine.pk}/", {"do": "second-factor"})
    assert not Authenticator.objects.exists()
    assert wharf.get("/collections/").status_code == 302, "sessions end with it"


def test_administrators_look_after_all(collection: DataCollection, django_assert_max_num_queries: object) -> None:
    administrator = person("admin", "000", Role.ADMINISTRATOR)
    Organisation.objects.bulk_create(
        Organisation(native_id=f"{8600000 + number}", name=f"School {number}", kind="school") for number in range(120)
    )
    with django_assert_max_num_queries(15):  # type: ignore[operator]
        page = text(administrator.get("/people/"))
    assert "Wharf Lane" not in text(administrator.get("/people/?q=Bramble")) and "page=3" in page
    assert "Bramble Hill" in text(administrator.get("/people/?q=8552001"))
    assert administrator.get("/people/8552001/all/").status_code == 200
    assert (
        administrator.post("/people/000/invite/", {"email": "a@b.example", "role": "administrator"}).status_code == 302
    )
    assert (
        person("department-approver", "000", Role.APPROVER)
        .post("/people/000/invite/", {"email": "c@b.example", "role": "administrator"})
        .status_code
        == 422
    ), "only administrators make administrators"


def test_the_access_log(approver: Client, signed_in: Callable[[str], Client], collection: DataCollection) -> None:
    signed_in("larkshire").get("/collections/school-census-2021-autumn/8554002/")
    signed_in("larkshire").get("/collections/school-census-2021-autumn/8552001/")
    Client().post("/sign-in/", {"login": "wharf", "password": "wrong", "agree": "on"})
    page = text(approver.get("/people/log/"))
    assert "looked at a return" in page and "sign-in failed" in page and "8554002" in page and "8552001" not in page
    assert "2 lines" in page
    assert "1 line." in text(approver.get("/people/log/?action=look"))
    assert "1 line." in text(approver.get("/people/log/?who=Owen"))
    assert "0 lines" in text(approver.get("/people/log/?until=2020-01-01"))
    assert "Enter the date like" in text(approver.get("/people/log/?since=yesterday"))
    User.objects.filter(username="larkshire").update(first_name="=HYPERLINK(1)", last_name="")
    file = b"".join(approver.get("/people/log/file/").streaming_content).decode()  # type: ignore[attr-defined]
    assert "'=HYPERLINK(1)" in file and "8552001" not in file
    assert AccessLog.objects.filter(action="access log downloaded").count() == 1
    administrator = person("admin", "000", Role.ADMINISTRATOR)
    assert "8552001" in text(administrator.get("/people/log/"))
    assert "8552001" not in text(administrator.get("/people/log/?organisation=8554002"))


@with_worker
def test_forgotten_tells_nothing_and_mails_the_rest(approver: Client, collection: DataCollection) -> None:
    User.objects.filter(username="wharf").update(email="tomasz@school.example")
    before = Client()
    before.force_login(User.objects.get(username="wharf"), backend="django.contrib.auth.backends.ModelBackend")
    answers = []
    for typed in ["tomasz@school.example", "nobody@school.example"]:
        client = Client()
        answers.append(re.sub(r'value="[^"]*"', "", text(client.post("/forgotten/", {"who": typed}))))
    assert answers[0] == answers[1]
    work_off()
    assert len(mail.outbox) == 1
    body = mail.outbox[0].body
    assert "Your user name: wharf" in body and "Approver Made Up, approver of Wharf Lane" in body
    client, address = opened(link_in(body.split("Choose a new password")[1]))
    assert "not the same" in text(client.post(address, {"password": GOOD["password"], "again": "x"}))
    assert client.post(address, {"password": GOOD["password"], "again": GOOD["password"]}).status_code == 302
    assert before.get("/collections/").status_code == 302, "sessions from before have ended"
    assert (
        Client().post("/sign-in/", {"login": "wharf", "password": GOOD["password"], "agree": "on"}).status_code == 302
    )
    again, address = opened(link_in(body.split("Choose a new password")[1]))
    assert again.get(address).status_code == 404, "the link works once"
    for _ in range(6):
        last = Client().post("/forgotten/", {"who": "wharf"})
    assert last.status_code == 429


def test_an_export_of_ones_own_return_is_in_the_access_log(
    census_return: Return, membership: Membership, signed_in: Callable[[str], Client]
) -> None:
    load(census_return, membership, tables())
    address = "/collections/school-census-2021-autumn/8554001/export/"
    for name in ("harcourt", "department"):
        client = signed_in(name)
        client.get(address)
        assert client.post(address, {"format": "csv", "name": "own"}).status_code == 200
    lines = AccessLog.objects.filter(action="export").order_by("pk")
    assert [(one.user.username, one.about.native_id, one.subject) for one in lines if one.user and one.about] == [
        ("harcourt", "8554001", "school-census-2021-autumn 8554001"),
        ("department", "8554001", "school-census-2021-autumn 8554001"),
    ], "each copy once, whoever took it; looking at the page is no export"


@with_worker
def test_links_lead_to_the_address_of_the_service(approver: Client, settings: Settings) -> None:
    settings.ADDRESS = "https://census.example"
    settings.ALLOWED_HOSTS = ["*"]
    sent = {"email": "new@school.example", "role": "source"}
    approver.post("/people/8554002/invite/", sent, HTTP_HOST="elsewhere.example")
    User.objects.filter(username="wharf").update(email="wharf@school.example")
    Client().post("/forgotten/", {"who": "wharf"}, HTTP_HOST="elsewhere.example")
    work_off()
    assert len(mail.outbox) == 2
    for each in mail.outbox:
        assert "https://census.example/" in each.body and "elsewhere" not in each.body
