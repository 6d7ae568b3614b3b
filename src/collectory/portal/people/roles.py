"""What a role is there for, in a sentence."""

from __future__ import annotations

from collectory.portal.people.models import Membership, Organisation, Role

SENTENCES = {
    Role.SOURCE: "Load, correct, explain and submit its returns.",
    Role.SOURCE_VIEWER: "Read its returns.",
    Role.AGENT: "Check, approve and reject the returns of the schools that report to it, and act for them.",
    Role.AGENT_VIEWER: "Read the returns of the schools that report to it.",
    Role.COLLECTOR: "Run data collections, answer notes, authorise or reject returns.",
    Role.COLLECTOR_VIEWER: "Read all returns.",
    Role.APPROVER: "Invite its people, change what they may do and archive them. Sees no returns.",
    Role.ADMINISTRATOR: "Look after organisations, people and data collections. Sees no returns.",
}
FOR_A_TRUST = {
    Role.SOURCE: "Load, correct, explain and submit the returns of the trust's schools.",
    Role.SOURCE_VIEWER: "Read the returns of the trust's schools.",
}


def may_do(membership: Membership) -> str:
    """What a person may do in a role, in a sentence."""
    role = Role(membership.role)
    if membership.organisation.kind == Organisation.Kind.TRUST and role in FOR_A_TRUST:
        return FOR_A_TRUST[role]
    return SENTENCES[role]
