"""Everything that the workflows register: buttons, forms and words."""

from qabot.workflows.core.registry import Registry
from qabot.workflows.people import absences
from qabot.workflows.verbs import (
    alerts,
    answers,
    audits,
    by_reference,
    case_picks,
    changing_dates,
    gatherings,
    grades,
    helping,
    home,
    known_cases,
    mistaken_alerts,
    moderations,
    naming,
    nominations,
    putting_off,
    requests,
    second_grades,
    sharing,
    small_words,
    stewards,
    surveys,
    undoing,
)


def new_registry() -> Registry:
    """Everything that the workflows register."""
    registry = Registry()
    of_work = (audits, naming, grades, known_cases, alerts, answers, putting_off, moderations, stewards, gatherings)
    for module in (
        home,
        nominations,
        sharing,
        requests,
        helping,
        absences,
        *of_work,
        second_grades,
        case_picks,
        surveys,
        mistaken_alerts,
        changing_dates,
        by_reference,
        undoing,
        small_words,
    ):
        module.register(registry)
    return registry
