"""Your account: what it shows, the password, and an e-mail address corrected by the approver."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from collectory.engine import Refusal
from collectory.portal.people import managing
from collectory.portal.people.checks import DEMONSTRATION_PASSWORD
from collectory.portal.people.models import AccessLog, Membership, Organisation, Role, User
from tests.portal.conftest import work_off
from tests.portal.test_approvers import GOOD, person, text

pytestmark = pytest.mark.django_db
SignedIn = Callable[[str], Client]
ADDRESS = "https://collectory.example"


def test_the_account_is_one_press_away_and_leads_on(signed_in: SignedIn) -> None:
    client = signed_in("harcourt")
    account = reverse("account")
    assert f'href="{account}">Your account</a>' in text(client.get(reverse("my-data-collections")))
    page = text(client.get(account))
    assert "Amina Osei" in page and "harcourt@collectory.example" in page and "Harcourt Spinney Academy" in page
    for name in ("change-password", "mfa_index", "what-i-am-told"):
        assert f'href="{reverse(name)}"' in page
        assert client.get(reverse(name)).status_code in {200, 302}
    assert Client().get(account).status_code == 302


def test_a_password_is_changed_by_who_knows_it(signed_in: SignedIn) -> None:
    address = reverse("change-password")
    client, elsewhere = Client(), Client()
    for each in (client, elsewhere):
        each.post(reverse("account_login"), {"login": "harcourt", "password": DEMONSTRATION_PASSWORD, "agree": "on"})
    new = GOOD["password"]
    for form, said in [
        ({"present": "guessed", "password": new, "again": new}, "This is not your present password."),
        ({"present": DEMONSTRATION_PASSWORD, "password": "short", "again": "short"}, "Use at least 12 characters"),
        ({"present": DEMONSTRATION_PASSWORD, "password": new, "again": "x"}, "not the same"),
    ]:
        answer = client.post(address, form)
        assert answer.status_code == 422 and said in text(answer)
    assert User.objects.get(username="harcourt").check_password(DEMONSTRATION_PASSWORD)
    done = client.post(address, {"present": DEMONSTRATION_PASSWORD, "password": new, "again": new}, follow=True)
    assert "Your password is changed" in text(done) and done.redirect_chain[-1][0] == reverse("account")
    assert User.objects.get(username="harcourt").check_password(new)
    assert elsewhere.get(reverse("account")).status_code == 302, "signed out everywhere else"
    assert AccessLog.objects.filter(action="password changed", subject="by themselves").exists()


def test_guessing_the_present_password_is_held_back(signed_in: SignedIn) -> None:
    client = signed_in("harcourt")
    form = {"present": "guessed", "password": GOOD["password"], "again": GOOD["password"]}
    statuses = [client.post(reverse("change-password"), form).status_code for _ in range(8)]
    assert statuses[0] == 422 and statuses[-1] == 429


def test_who_signs_in_elsewhere_has_no_password_to_change(signed_in: SignedIn) -> None:
    client = signed_in("harcourt")
    user = User.objects.get(username="harcourt")
    user.set_unusable_password()
    user.save()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    assert client.get(reverse("change-password")).url == reverse("account")
    assert reverse("change-password") not in text(client.get(reverse("account")))


@pytest.mark.django_db(transaction=True)
def test_an_approver_corrects_an_address_and_both_are_told(collection: object) -> None:
    approver = person("approver", "8554002", Role.APPROVER)
    one = Membership.objects.get(user__username="wharf")
    address = reverse("person", args=[one.pk])
    assert "wharf@collectory.example" in text(approver.get(address))
    wrong = approver.post(address, {"do": "email", "email": "no address"})
    assert wrong.status_code == 422 and "This is not an e-mail address" in text(wrong)
    done = approver.post(address, {"do": "email", "email": "Reid@Wharf.example"}, follow=True)
    assert "is changed" in text(done)
    work_off()
    user = User.objects.get(username="wharf")
    assert user.email == "reid@wharf.example"
    assert [sent.to for sent in mail.outbox] == [["wharf@collectory.example"], ["reid@wharf.example"]]
    assert "Wharf Lane High School has changed the e-mail address" in mail.outbox[0].body
    line = AccessLog.objects.get(action="e-mail address changed")
    assert line.person == user and line.about is not None and line.about.native_id == "8554002"
    assert approver.post(address, {"do": "email", "email": "reid@wharf.example"}).status_code == 302
    assert AccessLog.objects.filter(action="e-mail address changed").count() == 1, "nothing differs"


def test_an_account_that_acts_elsewhere_is_not_one_approvers_alone(collection: object) -> None:
    """Links for a new password go to the address: who changes it can take the account over."""
    person("approver", "8554002", Role.APPROVER)
    by = Membership.objects.get(user__username="approver")
    one = Membership.objects.get(user__username="wharf")
    Membership.objects.create(
        user=one.user, organisation=Organisation.objects.get(native_id="8552001"), role=Role.SOURCE
    )
    refused = managing.change_address(by, one, "mine@approver.example", ADDRESS)
    assert isinstance(refused, Refusal) and refused.code == "elsewhere"
    one.user.refresh_from_db()
    assert one.user.email == "wharf@collectory.example"


def test_without_an_address_the_page_says_what_to_do(collection: object) -> None:
    approver = person("approver", "8554002", Role.APPROVER)
    User.objects.filter(username="wharf").update(email="")
    page = text(approver.get(reverse("person", args=[Membership.objects.get(user__username="wharf").pk])))
    assert "Add the address" in page and "add it above" in page
    assert reverse("people") in text(approver.get(reverse("my-data-collections"))), "where an approver's work is"
