"""What can be done with a return now, and if not, why: the one place that says so in words.

The pages show these sentences and the services refuse with them, so that the two never disagree.
"""

from __future__ import annotations

from collectory.portal.collections.models import DataCollection
from collectory.portal.people.models import Membership
from collectory.portal.people.parts import Part
from collectory.portal.people.permissions import Act, may, part_in
from collectory.portal.returns.models import Return
from collectory.portal.returns.states import Happening, State, can

HAPPENS = {
    Act.UPLOAD: Happening.UPLOADED,
    Act.EDIT: Happening.EDITED,
    Act.SUBMIT: Happening.SUBMITTED,
    Act.WITHDRAW: Happening.WITHDRAWN,
    Act.DELETE: Happening.DELETED,
}
NEEDS_DATA = frozenset({Act.SUBMIT, Act.EXPORT, Act.DELETE, Act.WITHDRAW})
CHANGES = frozenset({Act.UPLOAD, Act.EDIT, Act.SUBMIT, Act.WITHDRAW, Act.DELETE})


def _why_not_in(state: State, act: Act) -> str:
    if state is State.AUTHORISED:
        return "The return is authorised. It can change only after the department reopens it."
    if act is Act.SUBMIT:
        return f"The return is {state.value} already. There is nothing to submit."
    if act is Act.WITHDRAW:
        if state in {State.APPROVED, State.AMENDED_BY_COLLECTOR}:
            return "The return has been approved. It can no longer be withdrawn; ask for it to be rejected."
        return "The return has not been submitted."
    if act is Act.DELETE:
        return "The return has been approved. It cannot be deleted unless it is rejected first."
    return f"This is not possible while the return is {state.value}."


def nothing_yet(collection: DataCollection) -> str:
    """What to do first with a return without data."""
    if collection.allows_adding_on_screen:
        return "There is no data yet. Add the return on screen, or upload it from file, first."
    return "Nothing has been loaded yet. Upload a return from file first."


def why_not(data_return: Return, act: Act, membership: Membership) -> str:
    """Why this person cannot do this to this return now; "" when they can."""
    if not may(membership, act, data_return.organisation):
        return f"Your role ({membership.get_role_display()}) lets you read the return but not do this."
    state = data_return.standing
    collection = data_return.collection
    if act in NEEDS_DATA and state is State.NO_DATA:
        return nothing_yet(collection)
    part = part_in(membership, data_return.organisation) or Part.SOURCE
    if act in CHANGES and part is not Part.COLLECTOR:
        if collection.has_closed:
            return "The collection has closed. Returns can no longer be changed."
        if data_return.uploads.exclude(stage="finished").exists():
            return "A file is being checked for this return. Wait until that has finished."
    if act is Act.UPLOAD and not collection.allows_upload:
        return "This collection is filled in on screen. It takes no files."
    if act is Act.DELETE and not collection.allows_delete:
        return "This collection does not allow returns to be deleted. Upload a corrected file instead."
    happening = HAPPENS.get(act)
    if happening is not None and not can(state, happening, part):
        return _why_not_in(state, act)
    return ""
