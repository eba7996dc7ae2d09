"""What is coming: the gatherings that are planned, what each still needs and from whom, and what its page lists."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from itertools import islice

from sqlalchemy import or_
from sqlmodel import col, select

from qabot.framework.calendar import at_local
from qabot.framework.duties import Condition
from qabot.framework.gatherings import Gathering, WorkList
from qabot.framework.secret_lint import is_secret
from qabot.framework.vocabulary import OCCASION, ROW, asks_grade, graded
from qabot.messaging.values import join_and
from qabot.models import (
    AnswerRow,
    Audit,
    AuditState,
    Deadline,
    DeadlineState,
    Ending,
    Occasion,
    OccasionState,
)
from qabot.planning.directory import Staff
from qabot.workflows.access import chairing, records
from qabot.workflows.core import conditions
from qabot.workflows.core.topic import About
from qabot.workflows.core.unit import Unit
from qabot.workflows.core.views import title_of


@dataclass(frozen=True, slots=True)
class Need:
    """One thing that is brought to a gathering: by whom, by when, and whether it is there."""

    title: str
    owner: str
    due: date | None
    brought: bool
    over: bool = False
    """It was held without it, so nobody asks for it any more."""


@dataclass(frozen=True, slots=True)
class Line:
    """One thing on a list: by its reference alone."""

    reference: str
    text: str
    due: date | None = None
    owner: str = ""
    record: str = ""
    """The reference of the audit whose record shows it, if there is one."""


MOST_LINES, MOST_LOOKED_AT = 200, 2_000
"""How long a list is, and how many things are held against what its reader may see: no page may take minutes."""


@dataclass(frozen=True, slots=True)
class Listing:
    """One list of a gathering, as one person may see it. `cut`: there is more than it shows."""

    title: str
    lines: tuple[Line, ...]
    cut: bool = False

    @classmethod
    def of(cls, title: str, lines: Iterator[Line]) -> "Listing":
        """The first of these lines."""
        first = tuple(islice(lines, MOST_LINES + 1))
        return cls(title, first[:MOST_LINES], len(first) > MOST_LINES)


def coming(unit: Unit) -> Sequence[Occasion]:
    """The gatherings that are planned, the nearest first; those that have passed and of which nobody said so, too."""
    query = select(Occasion).where(
        col(Occasion.state).in_((OccasionState.noted, OccasionState.planned)),
        col(Occasion.thing).in_(list(unit.framework.gatherings)),
    )
    return unit.session.exec(query.order_by(col(Occasion.day), col(Occasion.id))).all()


def needs(unit: Unit, occasions: Sequence[Occasion]) -> Mapping[int, list[Need]]:
    """What is brought to each of these, by its id, what is due first first."""
    brought = {name for each in unit.framework.gatherings.values() for name in each.brings}
    query = select(Deadline).where(
        Deadline.subject_type == OCCASION,
        col(Deadline.subject_id).in_([each.id for each in occasions]),
        col(Deadline.kind).in_(brought),
        Deadline.state != DeadlineState.withdrawn,
    )
    by_occasion: dict[int, list[Need]] = {}
    for each in unit.session.exec(query.order_by(col(Deadline.due_on), col(Deadline.id))) if brought else ():
        need = Need(
            title_of(each.kind, unit.framework),
            unit.directory.name(each.owner_id),
            each.due_on,
            each.state == DeadlineState.met,
            each.ended == Ending.not_brought,
        )
        by_occasion.setdefault(each.subject_id, []).append(need)
    return by_occasion


def listings(unit: Unit, occasion: Occasion, person: Staff) -> list[Listing]:
    """What its page lists, each line only if this person may see it."""
    gathering = unit.framework.gatherings.get(occasion.thing)
    lists_there = []
    for each in gathering.lists if gathering is not None else ():
        if isinstance(each, WorkList) and gathering is not None:
            lists_there.append(Listing.of(_title(unit, each), _work(unit, occasion, gathering, each, person)))
        else:
            lists_there.append(Listing.of("Open actions", _actions(unit, person)))
    return lists_there


def last_held(unit: Unit, occasion: Occasion) -> Occasion | None:
    """When this gathering was last held before."""
    query = select(Occasion).where(
        Occasion.thing == occasion.thing, Occasion.state == OccasionState.held, Occasion.id != occasion.id
    )
    return unit.session.exec(query.order_by(col(Occasion.day).desc())).first()


def _since(unit: Unit, occasion: Occasion, gathering: Gathering) -> datetime | None:
    """From when work counts as new: as it was last held. None if it never was."""
    last = last_held(unit, occasion)
    return at_local(last.day, gathering.starts or time(0, 0)) if last is not None else None


def _title(unit: Unit, each: WorkList) -> str:
    titles = [unit.framework.activities[name].plural for name in each.of if name in unit.framework.activities]
    grades = {grade for condition in each.if_ for grade in (*condition.grade, *condition.any_grade)}
    labels = [unit.framework.grade_label(grade) for grade in sorted(grades)]
    what = join_and(titles)
    return f"{what[:1].upper()}{what[1:]}{', ' + ' or '.join(labels) if labels else ''}, since it was last held"


def _work(unit: Unit, occasion: Occasion, gathering: Gathering, each: WorkList, person: Staff) -> Iterator[Line]:
    query = select(Audit).where(
        col(Audit.activity).in_(each.of), col(Audit.submitted_at).is_not(None), Audit.state != AuditState.withdrawn
    )
    since = _since(unit, occasion, gathering)
    if since is not None:
        newly = conditions.judged_in(unit, each.if_, since)
        query = query.where(or_(col(Audit.submitted_at) >= since, col(Audit.id).in_(newly)))
    secret = any(asks_grade(unit.framework, condition) or condition.concern for condition in each.if_)
    for audit in unit.session.exec(query.order_by(col(Audit.submitted_at), col(Audit.id)).limit(MOST_LOOKED_AT)).all():
        if _on_list(unit, each.if_, audit) and _may_see(unit, audit, person, secret=secret):
            case = f"case {audit.case_reference}" if audit.case_reference else ""
            yield Line(audit.reference, case, record=audit.reference)


def _on_list(unit: Unit, if_: Sequence[Condition], audit: Audit) -> bool:
    return not if_ or any(conditions.holds(unit, condition, About.work(audit)) for condition in if_)


def _may_see(unit: Unit, audit: Audit, person: Staff, *, secret: bool) -> bool:
    """Whether its record is theirs to open; of what a grade puts on the list, whether they may know of grades."""
    sight = records.sight(unit, audit, person.id)
    return sight is not None and (sight.grade or not secret)


def _actions(unit: Unit, person: Staff) -> Iterator[Line]:
    """What is open of actions: rows that were given, and actions that a submission said there are."""
    framework = unit.framework
    of_work = {name for name, duty in framework.duties.items() if any(each.has_actions for each in duty.if_)}
    of_work |= {
        name for name, duty in framework.duties.items() if {f"{each}.put-off" for each in of_work} & set(duty.when)
    }
    query = select(Deadline).where(
        Deadline.state == DeadlineState.open,
        (col(Deadline.subject_type) == ROW) | col(Deadline.kind).in_(of_work),
    )
    secret = graded(framework)
    for deadline in unit.session.exec(
        query.order_by(col(Deadline.due_on), col(Deadline.id)).limit(MOST_LOOKED_AT)
    ).all():
        row = unit.session.get(AnswerRow, deadline.subject_id) if deadline.subject_type == ROW else None
        kind, number = (row.subject_type, row.subject_id) if row else (deadline.subject_type, deadline.subject_id)
        owner = unit.directory.name(deadline.owner_id)
        text = title_of(deadline.kind, framework)
        if kind == "audit" and (audit := unit.session.get(Audit, number)) is not None:
            behind = deadline.kind in secret or is_secret(framework, deadline.kind)
            if _may_see(unit, audit, person, secret=behind):
                named = f"{audit.reference} ({row.number})" if row else audit.reference
                yield Line(named, text, deadline.due_on, owner, audit.reference)
        of = unit.session.get(Occasion, number) if kind == OCCASION and row is not None else None
        if (
            of is not None
            and row is not None
            and (person.id == deadline.owner_id or chairing.may_see(unit, person, of))
        ):
            yield Line(f"{of.title} ({row.number})", text, deadline.due_on, owner)
