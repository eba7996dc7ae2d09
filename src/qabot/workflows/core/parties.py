"""The people of a deadline, for looking up whom a step of it is to."""

from qabot.framework.schema import Framework
from qabot.framework.secret_lint import is_secret, opens_by_grade
from qabot.framework.vocabulary import NOMINATION, OCCASION, ROW, is_alone
from qabot.models.rows import DeadlineRow
from qabot.planning.recipients import Parties


def parties_of(deadline: DeadlineRow, framework: Framework) -> Parties:
    """The people of a deadline, for looking up whom a step is to."""
    duty = framework.duty_of(deadline.kind, deadline.ladder_id)
    terms = duty.terms if duty is not None and duty.everybody else framework.first_terms(deadline.kind)
    return Parties(
        deadline.team_id,
        deadline.owner_id,
        deadline.auditor_id,
        deadline.practitioner_id,
        terms.owes if terms else (),
        deadline.practitioner_id if _is_apart(deadline, framework) else None,
        everywhere=is_everywhere(deadline),
        each=terms is not None and terms.each,
        own=is_alone(framework, deadline.kind),
        last_resort=deadline.subject_type == NOMINATION,
    )


def _is_apart(deadline: DeadlineRow, framework: Framework) -> bool:
    """Whether whoever it is about has no other part in it: of good practice nobody thanks or looks over their own."""
    opened = framework.opened.by_ladder.get(deadline.ladder_id)
    secret = is_secret(framework, deadline.kind) or (opened is not None and opens_by_grade(framework, opened))
    return deadline.subject_type == NOMINATION or secret


def is_everywhere(deadline: DeadlineRow) -> bool:
    """Whether it is about a gathering, a row that was answered about one, or a cycle: no team, nor anybody's work."""
    of_nobody = deadline.team_id is None and deadline.auditor_id is None and deadline.practitioner_id is None
    return of_nobody and deadline.subject_type in (OCCASION, ROW, "cycle")
