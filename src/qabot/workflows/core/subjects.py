"""What deadlines and notices are about: rows loaded in batches, and the views that message files see."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeVar

from sqlmodel import Session, SQLModel, select

from qabot.framework.duties import Duty
from qabot.framework.kept import which
from qabot.framework.schema import Framework
from qabot.framework.vocabulary import OCCASION, ROW
from qabot.models import (
    Alert,
    AnswerRow,
    Audit,
    AuditState,
    Cycle,
    Deadline,
    DeadlineState,
    HelpRequest,
    Moderation,
    Nomination,
    Notice,
    Occasion,
    SurveyRound,
)
from qabot.models.columns import Rows, among, table
from qabot.models.look_up import by_id
from qabot.models.rows import (
    ALERTS,
    ANSWER_ROWS,
    ANSWERS,
    AUDITS,
    CYCLES,
    DEADLINES,
    HELP,
    MODERATIONS,
    NOMINATIONS,
    OCCASIONS,
    ROUNDS,
    AlertRow,
    AuditRow,
    CycleRow,
    DeadlineRow,
    HelpRow,
    ModerationRow,
    NominationRow,
    NoticeRow,
    OccasionRow,
    RoundRow,
    RowRow,
)
from qabot.workflows.core.notes import Note

UNOWNED = ("place", "theme", "nothing")
"""What work can be about that is nobody's: it has no practitioner (docs/design.md, sentence 24)."""
HELP_ID = "help"
"""Of a notice's `params`: the id of the help that was asked for."""
HELP_TAKEN_BACK = "taken-back"
"""What became of a request that whoever asked took back."""
HELP_ANSWERS = {
    "talked": "We have talked, and it can go on",
    "date": "There will be more time",
    "taken-over": "Somebody else takes it on",
    "will-talk": "Let us talk first; nothing is expected until then",
    "not-needed": "It is not needed any more",
}
"""What can become of help that was asked for, to choose from: the log holds nothing that a person wrote."""


@dataclass(slots=True)
class Subject:
    """Everything that one notice or deadline is about, to be looked at; None where it has no such part."""

    deadline: DeadlineRow | None = None
    audit: AuditRow | None = None
    alert: AlertRow | None = None
    moderation: ModerationRow | None = None
    nomination: NominationRow | None = None
    cycle: CycleRow | None = None
    row: RowRow | None = None
    """The row of an answer that it is about; what that was answered about stands beside it."""
    occasion: OccasionRow | None = None
    """The day of a gathering, or an imported event."""
    survey: RoundRow | None = None
    """A survey as a whole; of what one person is asked in it the deadline says."""
    duty: Duty | None = None
    """The deadline's duty, as it opened it; None of work itself, and of second looks that a sample drew."""
    graded: bool = True
    """Whether the work that it is about has a grade."""
    grades: tuple[str, ...] = ()
    """Where an alert was raised for a grade: the grades on the work's own form."""
    looked: tuple[str, ...] = ()
    """Likewise: the grades of its second looks."""
    help: HelpRow | None = None
    """The help that was asked for, where a notice or a button is about that."""
    made: AuditRow | None = None
    """The new work to which the deadline was handed on, unless it was withdrawn."""

    @property
    def open(self) -> bool:
        """Whether there is still something to do."""
        return self.deadline is not None and self.deadline.state == DeadlineState.open

    @property
    def waits(self) -> bool:
        """The same; of help that was asked for, whether nobody has answered yet."""
        return self.help.closed_at is None if self.help is not None else self.open


@dataclass(slots=True)
class OwnSubject(Subject):
    """The same as objects of the session, for whoever changes them."""

    deadline: Deadline | None = None
    audit: Audit | None = None
    alert: Alert | None = None
    moderation: Moderation | None = None
    nomination: Nomination | None = None
    cycle: Cycle | None = None
    made: Audit | None = None
    row: AnswerRow | None = None
    occasion: Occasion | None = None
    survey: SurveyRound | None = None


AnySubject = TypeVar("AnySubject", bound=Subject)


def load(
    session: Session, things: Sequence[Notice | Note | Deadline], framework: Framework, *, with_grades: bool = True
) -> list[OwnSubject]:
    """The subjects of notices, lines of lists or deadlines, in order, in a few queries however many there are.

    Notices about the same have the same subject. `with_grades`: as cards need them, which say for which grade an alert
    was raised.
    """
    notices = [each for each in things if not isinstance(each, Deadline)]
    find = _Objects(session)
    deadlines = find.by_id(Deadline, [each.deadline_id for each in notices])
    about = [
        (each.id, each) if isinstance(each, Deadline) else (each.deadline_id, by_id(deadlines, each.deadline_id))
        for each in things
    ]
    return _subjects(find, OwnSubject, things, about, framework, with_grades=with_grades)


def look(session: Session, notices: Sequence[NoticeRow], framework: Framework) -> list[Subject]:
    """The same as rows, which is several times as fast."""
    find = _Rows(session)
    deadlines = find.by_id(Deadline, [each.deadline_id for each in notices])
    about = [(each.deadline_id, by_id(deadlines, each.deadline_id)) for each in notices]
    return _subjects(find, Subject, notices, about, framework)


def _subjects(
    find: "_Objects",
    new: Callable[..., AnySubject],
    things: Sequence[NoticeRow | DeadlineRow],
    about: Sequence[tuple[int | None, Any]],
    framework: Framework,
    *,
    with_grades: bool = True,
) -> list[AnySubject]:
    """`about` are the deadlines of these, with their ids."""
    moderations: dict[int, ModerationRow] = find.by_id(Moderation, _ids(things, "moderation"))
    rows: dict[int, RowRow] = find.by_id(AnswerRow, _ids(things, ROW))
    answered = list(rows.values())
    nominations: dict[int, NominationRow] = find.by_id(Nomination, _ids([*things, *answered], "nomination"))
    audit_ids = _ids([*things, *answered], "audit") | {each.audit_id for each in moderations.values()}
    audits: dict[int, AuditRow] = find.by_id(Audit, audit_ids)
    cycle_ids = _ids([*things, *answered], "cycle") | {each.cycle_id for each in audits.values()}
    cycles: dict[int, CycleRow] = find.by_id(Cycle, cycle_ids)
    of_days: dict[int, OccasionRow] = find.by_id(Occasion, _ids([*things, *answered], OCCASION))
    surveys: dict[int, RoundRow] = find.by_id(SurveyRound, _ids(things, "survey"))
    raised: Sequence[AlertRow] = find.where(Alert, "audit_id", audits.keys())
    alerts = {each.audit_id: each for each in raised}
    graded = [each.audit_id for each in raised if each.graded and with_grades]
    grades, looked = _grades(find, graded), _looked(find, graded)
    helps: dict[int, HelpRow] = find.by_id(HelpRequest, map(_help_id, things))
    pieces = _made(find, [deadline for _, deadline in about if deadline is not None], framework)
    subjects: list[AnySubject] = []
    made: dict[tuple[int | None, str, int, int | None], AnySubject] = {}
    for thing, (deadline_id, deadline) in zip(things, about, strict=True):
        kind, number = thing.subject_type, thing.subject_id
        key = (deadline_id, kind, number, _help_id(thing))
        if key in made:
            subjects.append(made[key])
            continue
        subject = made[key] = new(deadline)
        if kind == ROW and (row := rows.get(number)) is not None:
            subject.row, kind, number = row, row.subject_type, row.subject_id
        subject.moderation = moderations.get(number) if kind == "moderation" else None
        subject.nomination = nominations.get(number) if kind == "nomination" else None
        audit_id = subject.moderation.audit_id if subject.moderation else number if kind == "audit" else 0
        subject.audit = audits.get(audit_id)
        subject.alert = alerts.get(audit_id)
        cycle_id = number if kind == "cycle" else subject.audit.cycle_id if subject.audit else 0
        subject.cycle = by_id(cycles, cycle_id)
        subject.occasion = of_days.get(number) if kind == OCCASION else None
        subject.survey = surveys.get(number) if kind == "survey" else None
        opened = subject.deadline
        subject.duty = framework.duty_of(opened.kind, opened.ladder_id) if opened is not None else None
        subject.made = pieces.get(deadline_id)
        subject.help = helps.get(_help_id(thing) or 0)
        subject.graded = subject.audit is None or framework.has_grade(subject.audit.activity)
        subject.grades = grades.get(audit_id, ()) if subject.alert is not None else ()
        subject.looked = looked.get(audit_id, ()) if subject.alert is not None else ()
        subjects.append(subject)
    return subjects


def _help_id(thing: Any) -> int | None:
    """The help that a notice is about."""
    number = getattr(thing, "params", {}).get(HELP_ID)
    return int(number) if number else None


_answer = ANSWERS.table.c
_GRADES = (
    ANSWERS.query()
    .where(
        _answer.subject_type == "audit",
        among(_answer.subject_id, "audits"),
        _answer.deadline_id.is_(None),
        _answer.kind == "scale",
    )
    .order_by(_answer.id)
)
"""By the answers' index, which begins with what they are about: else each press would read every answer."""


def _grades(find: "_Objects", audits: Collection[int]) -> dict[int, tuple[str, ...]]:
    """The grades on the own forms of these audits, by the audit's id, in the order in which they were asked."""
    newest: dict[int, dict[str, Any]] = {}
    for each in ANSWERS.read(find.session, _GRADES, {"audits": list(audits)}) if audits else ():
        newest.setdefault(each.subject_id, {})[each.question] = each.given.get("value")
    return {number: tuple(filter(None, answers.values())) for number, answers in newest.items()}


def _looked(find: "_Objects", audits: Collection[int]) -> dict[int, tuple[str, ...]]:
    """The grades of the second looks at these audits, by the audit's id."""
    given: dict[int, list[str]] = {}
    looks: Sequence[ModerationRow] = find.where(Moderation, "audit_id", audits)
    for each in looks:
        if each.grade:
            given.setdefault(each.audit_id, []).append(each.grade)
    return {number: tuple(each) for number, each in given.items()}


def _made(find: "_Objects", deadlines: Iterable[DeadlineRow], framework: Framework) -> dict[int | None, Any]:
    """The new work that these deadlines were handed on to, by the deadline's id. Only some duties make any."""
    kinds, also, _ = which(framework, lambda duty: duty.makes is not None)
    ids = {each.id for each in deadlines if each.kind in kinds or each.ladder_id in also} if kinds or also else set()
    rows: Sequence[AuditRow] = find.where(Audit, "made_for_id", ids)
    return {each.made_for_id: each for each in rows if each.state != AuditState.withdrawn}


def load_one(session: Session, thing: Notice | Deadline, framework: Framework) -> OwnSubject:
    """The subject of one, for whoever does something with it: without the grades that only its card says."""
    return load(session, [thing], framework, with_grades=False)[0]


def _ids(things: Iterable[NoticeRow | DeadlineRow | RowRow], kind: str) -> set[int | None]:
    return {each.subject_id for each in things if each.subject_type == kind}


@lru_cache(maxsize=64)
def _among(model: type[SQLModel], column: str) -> Any:
    """The objects whose column is one of `among`. Put together once: that takes longer than the answer."""
    return select(model).where(among(table(model).c[column], "among"))


@dataclass(frozen=True, slots=True)
class _Objects:
    """Finds many of one kind at once, as objects of the session."""

    session: Session

    def by_id(self, model: type[SQLModel], ids: Iterable[int | None]) -> dict[int, Any]:
        """Those that the session holds are as they were read, and not asked for again."""
        here, missing = {}, set()
        for each in {each for each in ids if each}:
            known = self.session.identity_map.get((model, (each,), None))
            if known is None:
                missing.add(each)
            else:
                here[each] = known
        return here | {each.id: each for each in self.where(model, "id", missing)}

    def where(self, model: type[SQLModel], column: str, values: Collection[int]) -> Sequence[Any]:
        return self.session.exec(_among(model, column), params={"among": list(values)}).all() if values else ()


class _Rows(_Objects):
    """Finds them as rows to look at."""

    def by_id(self, model: type[SQLModel], ids: Iterable[int | None]) -> dict[int, Any]:
        return {each.id: each for each in self.where(model, "id", {each for each in ids if each})}

    def where(self, model: type[SQLModel], column: str, values: Collection[int]) -> Sequence[Any]:
        return ROWS[model].among(self.session, column, values)


ROWS: Mapping[type[SQLModel], Rows[Any]] = {
    each.model: each
    for each in (
        HELP,
        DEADLINES,
        AUDITS,
        ALERTS,
        ANSWER_ROWS,
        MODERATIONS,
        NOMINATIONS,
        CYCLES,
        OCCASIONS,
        ROUNDS,
    )
}
