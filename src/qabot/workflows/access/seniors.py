"""Who reads the figures and the reports of the programme: whoever runs it, and the senior leaders."""

from qabot.framework import Framework
from qabot.workflows.access.lines import line_roles
from qabot.workflows.access.records import is_steward
from qabot.workflows.core.unit import Unit


def senior_roles(framework: Framework) -> tuple[str, ...]:
    """The roles of the line that are held for the whole council."""
    return tuple(each for each in line_roles(framework) if framework.roles[each].of == "council")


def may_issue(unit: Unit, person_id: int) -> bool:
    """Whether this person issues reports: quality assurance, and administrators."""
    person = unit.directory.person(person_id)
    return person is not None and is_steward(unit, person)


def may_read(unit: Unit, person_id: int) -> bool:
    """Whether this person reads figures and issued reports."""
    if may_issue(unit, person_id):
        return True
    roles = senior_roles(unit.framework)
    return any(person_id in unit.directory.holders(role, unit.today) for role in roles)
