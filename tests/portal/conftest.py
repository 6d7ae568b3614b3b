"""The demonstration's people and schools, and clients signed in as them."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.core.cache import cache
from django.core.files.base import ContentFile
from django.core.management import call_command
from django.test import Client
from playwright.sync_api import expect

from collectory.portal import demonstration
from collectory.portal.collections.models import DataCollection, ErrorPolicy, QueryPolicy
from collectory.portal.demonstration import forms as demonstration_forms
from collectory.portal.people.models import Membership, User
from collectory.portal.returns.models import Return, Upload
from collectory.portal.returns.services.accepting import accept
from tests.portal.service import Service

expect.set_options(timeout=30_000)  # how long a crowded machine may take to answer is no matter of these tests


@pytest.fixture(autouse=True)
def _fresh_limits() -> None:
    cache.clear()


@pytest.fixture
def collection(db: None) -> DataCollection:
    """The demonstration's data collection, with all its people and schools."""
    return demonstration.set_up()


@pytest.fixture
def census_return(collection: DataCollection) -> Return:
    """The return of the secondary academy 8554001: no data yet."""
    return Return.objects.get(collection=collection, organisation__native_id="8554001")


@pytest.fixture
def form_returns(collection: DataCollection) -> Callable[[str, str], Return]:
    """Gives the return of a collection that is keyed on screen, by its slug and the authority's native ID."""
    demonstration_forms.set_up("unused")

    def of(slug: str, native_id: str) -> Return:
        return Return.objects.get(collection__slug=slug, organisation__native_id=native_id)

    return of


@pytest.fixture
def lenient(collection: DataCollection) -> None:
    """The collection lets errors and queries stay open at submission."""
    collection.errors_at_submission = ErrorPolicy.OPEN
    collection.queries_at_submission = QueryPolicy.OPEN
    collection.save()


@pytest.fixture
def membership(collection: DataCollection) -> Membership:
    """The data manager of 8554001."""
    return Membership.objects.get(user__username="harcourt")


@pytest.fixture
def signed_in(collection: DataCollection) -> Callable[[str], Client]:
    """A client signed in as the account of this user name."""

    def sign_in(username: str) -> Client:
        client = Client()
        client.force_login(User.objects.get(username=username), backend="django.contrib.auth.backends.ModelBackend")
        return client

    return sign_in


@pytest.fixture
def hand_in(census_return: Return, membership: Membership) -> Callable[..., Upload]:
    """Hand in a file for the return of 8554001 and let the worker finish with it."""

    def hand_in(content: bytes, *, confirmed: bool = False, name: str = "8554001_SC3_855LL21_001.XML") -> Upload:
        outcome = accept(census_return, membership, ContentFile(content, name=name), confirmed=confirmed)
        assert isinstance(outcome, Upload), outcome
        work_off()
        outcome.refresh_from_db()
        census_return.refresh_from_db()
        return outcome

    return hand_in


def work_off() -> None:
    """Let a worker do everything that is queued, then stop."""
    call_command("worker", "--until-idle")


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with the demonstration set up, to be copied: setting up takes longer than starting."""
    data = tmp_path_factory.mktemp("prepared")
    once = Service(data)
    once.start()
    assert once.stop() == 0
    return data


@pytest.fixture
def service(tmp_path: Path, prepared: Path) -> Iterator[Service]:
    """A running service of the test's own, in processes of its own."""
    data = tmp_path / "data"
    shutil.copytree(prepared, data)
    running = Service(data)
    running.start()
    yield running
    running.stop()
