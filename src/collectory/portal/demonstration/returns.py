"""The country's returns: sample files handed in and moved on by the services that the pages use, to every state."""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass

from django.core.files.base import ContentFile

import collectory
from collectory.blade import Edition
from collectory.engine import read_tables
from collectory.engine.writing.xml import write_xml
from collectory.portal.collections.models import DataCollection
from collectory.portal.demonstration import claims, people
from collectory.portal.people.models import Membership, Organisation, Role
from collectory.portal.people.permissions import Act, may
from collectory.portal.returns import reading
from collectory.portal.returns.models import Return, Upload
from collectory.portal.returns.services import asking, oking
from collectory.portal.returns.services.accepting import accept
from collectory.portal.returns.services.approving import approve, reject
from collectory.portal.returns.services.authorising import authorise
from collectory.portal.returns.services.editing import Amendment, Kind, edit
from collectory.portal.returns.services.noting import note_on_findings
from collectory.portal.returns.services.submitting import submit
from collectory.portal.returns.services.uploading import check_upload
from collectory.portal.returns.states import State

log = logging.getLogger(__name__)
PUPILS = 60
PATIENCE = 60.0  # seconds for a worker that took up a file first


@dataclass(frozen=True)
class Plan:
    """Where a return should get to: the share of pupils with a fault, and what is done after the file is loaded."""

    state: State
    faults: float
    steps: tuple[str, ...]


PLANS = (
    Plan(State.AUTHORISED, 0.0, ("submit", "approve", "authorise")),
    Plan(State.SUBMITTED, 0.0, ("submit",)),
    Plan(State.LOADED, 0.1, ()),
    Plan(State.APPROVED, 0.05, ("explain", "submit", "approve", "ask")),
    Plan(State.AMENDED_BY_COLLECTOR, 0.0, ("submit", "approve", "edit by collector")),
    Plan(State.AMENDED_BY_SOURCE, 0.05, ("edit by source",)),
    Plan(State.SUBMITTED, 0.05, ("explain", "submit")),
    Plan(State.REJECTED_BY_AGENT, 0.1, ("explain", "submit", "reject by agent")),
    Plan(State.APPROVED, 0.0, ("submit", "approve")),
    Plan(State.AMENDED_BY_AGENT, 0.0, ("submit", "edit by agent")),
    Plan(State.AUTHORISED, 0.05, ("explain", "submit", "approve", "ok", "authorise")),
    Plan(State.REJECTED_BY_COLLECTOR, 0.05, ("explain", "submit", "approve", "reject by collector")),
    Plan(State.LOADED, 0.0, ()),
    Plan(State.NO_DATA, 0.0, ()),
    Plan(State.APPROVED, 0.05, ("explain", "submit", "approve", "ok a part")),
)
SENT = Plan(State.SUBMITTED, 0.0, ("submit",))
BEGIN_WITH = {people.FIRST_SCHOOL, "8554002"}  # left without data for the person who tries things


def plans() -> dict[str, Plan]:
    """The plan of each school, by native ID; schools whose returns are left alone have none.

    What an agent does to a return is for schools that have one beside the department.
    """
    here = Organisation.objects.filter(kind=Organisation.Kind.SCHOOL, is_open=True).exclude(native_id__in=BEGIN_WITH)
    found = {}
    for number, (native_id, agent) in enumerate(here.values_list("native_id", "agent__kind")):
        plan = PLANS[number % len(PLANS)]
        by_agent = plan.state in {State.AMENDED_BY_AGENT, State.REJECTED_BY_AGENT}
        found[native_id] = SENT if by_agent and agent != Organisation.Kind.AUTHORITY else plan
    return found


def fill(collection: DataCollection, only: Callable[[str], bool] = lambda native_id: True) -> int:
    """Bring every return that nothing has happened to where its plan leads; give how many were touched."""
    wanted = plans()
    waiting = Return.objects.filter(collection=collection, version=0, organisation__native_id__in=list(wanted))
    touched = 0
    for data_return in list(waiting.select_related("collection", "organisation")):
        plan = wanted[data_return.organisation.native_id]
        if plan.state is State.NO_DATA or not only(data_return.organisation.native_id):
            continue
        Play(data_return, plan).go()
        touched += 1
    return touched


class Play:
    """One return on its way, with the people who move it."""

    def __init__(self, data_return: Return, plan: Plan) -> None:
        self.pk, self.plan = data_return.pk, plan
        self.organisation = data_return.organisation
        self.edition = collectory.edition(data_return.collection.edition_key)
        self.source = Membership.objects.filter(organisation=self.organisation, role=Role.SOURCE).earliest("pk")
        self.collector = Membership.objects.filter(role=Role.COLLECTOR).earliest("pk")
        agents = Membership.objects.filter(organisation=self.organisation.agent, role__in=[Role.AGENT, Role.COLLECTOR])
        self.agent = agents.earliest("pk")

    @property
    def now(self) -> Return:
        """The return as it is."""
        return Return.objects.select_related("collection", "organisation", "current_revision").get(pk=self.pk)

    def go(self) -> None:
        """Load the file, then take each step; stop where a service refuses, and say so."""
        self._load()
        for step in self.plan.steps:
            what, _, who = step.partition(" by ")
            outcome = getattr(self, f"_{what.replace(' ', '_')}")(*([who] if who else []))
            if type(outcome).__name__ == "Refusal":
                log.warning("return %d stays where it is: %s (%s)", self.pk, outcome.code, step)
                return

    def _load(self) -> None:
        native_id = self.organisation.native_id
        name = (
            self.edition.blade.file_name(self.edition, native_id, "001") if self.edition.blade.file_name else "file.xml"
        )
        file = ContentFile(sample_file(self.edition, native_id, self.plan.faults), name=name)
        upload = accept(self.now, self.source, file, confirmed=True)
        if not isinstance(upload, Upload):
            return
        check_upload(upload.pk)
        deadline = time.monotonic() + PATIENCE
        while not Upload.objects.get(pk=upload.pk).is_finished and time.monotonic() < deadline:
            time.sleep(0.2)  # a worker was quicker to take it

    def _explain(self) -> object:
        current = self.now
        if current.current_revision is None or not current.errors + current.queries:
            return None
        findings = reading.findings(self._revision())["finding"]
        text = "We looked at this in our own system. It is right as it stands; the parent confirmed it."
        return note_on_findings(current, self.source, text, revision=current.current_revision.number, findings=findings)

    def _revision(self):  # type: ignore[no-untyped-def]
        current = self.now
        revision = current.current_revision
        assert revision is not None
        revision.data_return = current
        return revision

    def _submit(self) -> object:
        return submit(self.now, self.source, version=self.now.version)

    def _approve(self) -> object:
        return approve(self.now, self.agent, version=self.now.version)

    def _reject(self, who: str) -> object:
        by, reason = {
            "agent": (self.agent, "Two pupils who left in July are still on roll. Please look at the leavers again."),
            "collector": (self.collector, "The numbers on roll are not those you gave us on the telephone."),
        }[who]
        return reject(self.now, by, reason=reason, version=self.now.version)

    def _authorise(self) -> object:
        return authorise(self.now, self.collector, version=self.now.version)

    def _ok(self, part: int = 1) -> object:
        revision = self._revision()
        findings = reading.findings(revision)["finding"]
        chosen = findings.head(max(1, len(findings) // part))
        if not len(chosen):
            return None
        return oking.give(
            self.now, self.collector, revision=revision.number, findings=chosen, comment="Thank you, this is clear."
        )

    def _ok_a_part(self) -> object:
        return self._ok(2)

    def _ask(self) -> object:
        revision = self._revision()
        findings = reading.findings(revision)["finding"].head(1)
        if not len(findings):
            return None
        text = "Which pupils does this concern, and since when?"
        return asking.ask(self.now, self.collector, text, revision=revision.number, findings=findings)

    def _edit(self, who: str) -> object:
        by = {"source": self.source, "agent": self.agent, "collector": self.collector}[who]
        if not may(by, Act.EDIT, self.organisation):
            return None
        revision = self._revision()
        values = {"PreferredSurname": "Fairweather"}
        amendment = Amendment(
            Kind.CHANGE, "PupilOnRoll", revision.number, uuid.uuid4().hex, row=0, values=values, confirmed=True
        )
        return edit(self.now, by, amendment)


def sample_file(edition: Edition, native_id: str, faults: float) -> bytes:
    """The file of a school, the same each time."""
    made = edition.blade.sample
    assert made is not None
    known = plans() if any(claim.school == native_id for claim in claims.CLAIMS) else {}

    def sample(of: str) -> claims.Tables:
        if of == people.FIRST_SCHOOL:
            return people.tables_to_try(edition)
        return made(edition, PUPILS, known[of].faults, int(of), of)

    tables = made(edition, PUPILS, faults, int(native_id), native_id)
    return write_xml(read_tables(claims.with_claims(tables, edition, native_id, sample), edition))
