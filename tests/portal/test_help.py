"""Help: a page for each screen, every status explained, who the approver is; requests recorded and answered."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import get_resolver, reverse

from collectory.portal import help_texts
from collectory.portal.people.models import Membership, Organisation, Role, User
from collectory.portal.returns.models import Return
from collectory.portal.returns.states import State
from collectory.portal.support import services
from collectory.portal.support.models import ServiceRequest
from tests.portal.test_permissions import ALL, OF_A_RETURN

pytestmark = pytest.mark.django_db
SignedIn = Callable[[str], Client]
ASKED = {
    "name": "Nadia Whitlock",
    "email": "sen.team@example.gov.uk",
    "organisation": "Larkshire, 855",
    "subject": "access",
    "text": "I need to read last year's return.",
}


def test_every_state_is_explained_and_rejected_too() -> None:
    assert set(help_texts.MEANINGS) == set(State)
    page = Client().get(reverse("help-page", args=["statuses"])).content.decode()
    assert all(f">{state.words}</th>" in page for state in State)
    assert "Rejected (of a file)" in page and "Loaded_and_Validated" in page


def test_every_screen_of_a_return_has_its_help_page() -> None:
    """Screens: addresses of a return that are no downloads, no data for scripts and no acts without a page."""
    known = {name for page in help_texts.SCREENS for name in page.screens}
    no_screens = {
        "upload-progress-data", "edits-file", "all-errors-download", "notes-download", "still-right", "all-still-right",
        "note-on-finding", "note-on-return", "note-on-item",
        "judge-finding", "ask-question", "answer-question", "ask-again",
    }  # fmt: skip
    screens = {str(pattern.name) for _, pattern in OF_A_RETURN} - no_screens
    assert screens <= known, screens - known
    names = {key for key in get_resolver("collectory.portal.urls").reverse_dict if isinstance(key, str)}
    assert known <= names, "no page for a screen that is not there"
    for page in help_texts.SCREENS:
        answer = Client().get(reverse("help-page", args=[page.key]))
        assert answer.status_code == 200 and page.title in answer.content.decode()


def test_every_view_has_its_help_page_or_needs_none() -> None:
    """A new view fails here until help_texts.py names it, or this list says why it is no screen of its own."""
    known = {name for page in help_texts.SCREENS for name in page.screens} | set(help_texts.OTHER_SCREENS)
    explain_themselves = {"start", "health", "help", "help-page", "terms", "accessibility", "any-other"}
    downloads_and_scripts = {
        "access-log-file", "rule-catalogue-file", "rules-across-file", "rule-impact-progress", "sources-csv",
        "job-progress", "job-result", "rule-statistics-download", "upload-progress-data", "edits-file",
        "all-errors-download", "notes-download", "stay-signed-in", "mfa_login_webauthn", "team-grid-file",
        "download-file", "cases-csv", "uploads-to-team", "upload-to-team",
        "merged-file", "merged-returns-file",
    }  # fmt: skip
    buttons_of_other_pages = {
        "account_logout", "openid_connect_login", "openid_connect_callback", "confirm-register", "confirm-list",
        "authority-reads", "mark-news-read", "add-newcomers", "call-off-switch", "retry-job", "retry-upload",
        "judge-finding",
        "ask-question", "answer-question", "ask-again", "note-on-finding", "still-right", "all-still-right",
        "note-on-return", "note-on-item", "state-submission", "ask-about-file", "reply-about-file", "accept-file",
        "ask-for-new-file", "assign-file", "revoke-token",
    }  # fmt: skip
    answered_by_the_department = {"service-requests", "answer-request"}
    none = explain_themselves | downloads_and_scripts | buttons_of_other_pages | answered_by_the_department
    names = {str(pattern.name) for route, pattern in ALL if not route.startswith("api/")}
    assert names - none <= known, f"no help page for {sorted(names - none - known)}"
    assert none <= names and not none & known, "the list above names what is not there, or has a help page"


def test_help_of_a_screen_is_one_press_away(census_return: Return, signed_in: SignedIn) -> None:
    client = signed_in("harcourt")
    names = [census_return.collection.slug, census_return.organisation.native_id]
    for screen, key in (("upload", "upload"), ("source-page", "my-data-return"), ("history", "history")):
        page = client.get(reverse(screen, args=names)).content.decode()
        assert f'href="{reverse("help-page", args=[key])}">Help</a>' in page
    assert reverse("help-page", args=["access"]) in Client().get(reverse("account_login")).content.decode()
    assert Client().get(reverse("help-page", args=["no-such-page"])).status_code == 404


def test_the_approver_is_named_to_their_own_organisation_alone(
    form_returns: Callable[[str, str], Return], signed_in: SignedIn
) -> None:
    address = reverse("help-page", args=["access"])
    assert "Marcus Ferreira" in signed_in("larkshire-sen").get(address).content.decode()
    for client in (signed_in("fernmouth-sen"), Client()):
        page = client.get(address).content.decode()
        assert "Marcus Ferreira" not in page and reverse("contact") in page


def test_a_request_is_recorded_and_answered(form_returns: Callable[[str, str], Return], signed_in: SignedIn) -> None:
    source, collector = signed_in("larkshire-sen"), signed_in("department")
    answer = source.post(reverse("contact"), ASKED, follow=True)
    asked = ServiceRequest.objects.get()
    assert answer.redirect_chain[-1][0] == reverse("service-request", args=[asked.token])
    assert "not answered yet" in answer.content.decode() and asked.reference in answer.content.decode()
    listed = collector.get(reverse("service-requests")).content.decode()
    assert asked.reference in listed and "Nadia Whitlock" in listed
    one = reverse("answer-request", args=[asked.pk])
    assert collector.post(one, {"text": "  "}).status_code == 422
    assert collector.post(one, {"text": "Your approver is Marcus."}).status_code == 302
    page = source.get(reverse("service-request", args=[asked.token])).content.decode()
    assert "Your approver is Marcus." in page and "Ruth Delaney" in page
    assert "Answered" in source.get(reverse("contact")).content.decode()
    second = collector.post(one, {"text": "Another answer"})
    assert second.status_code == 422 and "Another answer" in second.content.decode()
    asked.refresh_from_db()
    assert asked.answer == "Your approver is Marcus."


def test_a_person_who_cannot_sign_in_can_ask(collection: object) -> None:
    nobody = Client()
    answer = nobody.post(reverse("contact"), {**ASKED, "subject": "credentials"}, follow=True)
    assert answer.status_code == 200 and "keep its address" in answer.content.decode()
    assert ServiceRequest.objects.get().asked_by is None
    assert nobody.get(reverse("service-request", args=["guessed"])).status_code == 404


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("name", " ", "Enter your name."),
        ("email", "nobody", "Enter one e-mail address"),
        ("subject", "", "Choose what your request is about."),
        ("subject", "other-thing", "Choose what your request is about."),
        ("text", "", "Say what you need."),
        ("text", "x" * 4001, "4,001 characters"),
    ],
)
def test_what_is_wrong_with_a_request_is_said_and_nothing_lost(field: str, value: str, said: str, db: None) -> None:
    answer = Client().post(reverse("contact"), {**ASKED, field: value})
    page = answer.content.decode()
    assert answer.status_code == 422 and said in page and f'href="#{field}"' in page
    assert ('value="sen.team@example.gov.uk"' in page) == (field != "email")
    assert not ServiceRequest.objects.exists()


def test_floods_are_held_back(db: None) -> None:
    client = Client()
    for _ in range(services.MOST_AN_HOUR):
        assert client.post(reverse("contact"), ASKED).status_code == 302
    answer = client.post(reverse("contact"), ASKED)
    assert answer.status_code == 429 and ASKED["text"].replace("'", "&#39;") in answer.content.decode()
    assert ServiceRequest.objects.count() == services.MOST_AN_HOUR


@pytest.mark.parametrize("role", list(Role))
def test_only_the_collector_sees_requests(role: Role, collection: object) -> None:
    ServiceRequest.objects.create(**ASKED)
    for own in ("000", "855", "8554002"):
        user = User.objects.create_user(f"person-{own}")
        Membership.objects.create(user=user, organisation=Organisation.objects.get(native_id=own), role=role)
        client = Client()
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        wanted = 200 if (role, own) == (Role.COLLECTOR, "000") else 404
        assert client.get(reverse("service-requests")).status_code == wanted
        number = ServiceRequest.objects.get().pk
        assert client.get(reverse("answer-request", args=[number])).status_code == wanted
        if wanted == 404:
            assert client.post(reverse("answer-request", args=[number]), {"text": "no"}).status_code == 404
    assert Client().get(reverse("service-requests")).status_code == 302
