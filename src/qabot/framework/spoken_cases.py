"""How cases come to auditors, in words."""

from collections.abc import Sequence

from qabot.framework.activities import Activity
from qabot.framework.cases import INVOLVED, OVERSIGHT, OWN_SERVICE, OWN_TEAM, Cases
from qabot.framework.schema import Framework
from qabot.messaging.values import join_and

_OF = {
    INVOLVED: "in which they were involved",
    OVERSIGHT: "which they oversee",
    OWN_TEAM: "of their own team",
    OWN_SERVICE: "of their own service",
}


_STANDS = {
    INVOLVED: "was involved in the case",
    OVERSIGHT: "oversees it",
    OWN_TEAM: "is of its team",
    OWN_SERVICE: "is of its service",
}


def spoken_relations(never: Sequence[str]) -> str:
    """Who does not look again: "did the work, was involved in the case or oversees it"."""
    return join_and(["did the work", *(_STANDS[each] for each in _STANDS if each in never)]).replace(" and ", " or ")


def spoken_cases(framework: Framework, activity: Activity) -> str:
    """How an activity's cases are chosen, and which nobody is given, in a few sentences."""
    cases = activity.drawing
    sentences = [f"{_chosen(framework, activity)}{_never(cases)}."]
    if cases.within:
        sentences.append(f"Only cases {' or '.join(_OF[each] for each in cases.within)}.")
    if cases.line is not None:
        sentences.append("By turns one that they oversee, and one that they do not.")
    for other, share in cases.overlap.items():
        title = framework.activities[other].plural
        sentences.append(f"{share}% of them are cases of the {title} too, rounded up.")
    return " ".join(sentences)


def _chosen(framework: Framework, activity: Activity) -> str:
    if activity.every.on_request:
        return "Cases come with the request"
    if activity.picked_by:
        role = framework.roles.get(activity.picked_by)
        return f"Cases are picked by the {role.title if role else activity.picked_by}; none is drawn in their place"
    return "Cases are drawn at random"


def _never(cases: Cases) -> str:
    kept_out = [_OF[each] for each in _OF if each in cases.relations]
    if cases.audited_within is not None:
        kept_out.append(f"that was looked at within {cases.audited_within} before")
    return f", and nobody is given one {join_and(kept_out).replace(' and ', ' or ')}" if kept_out else ""
