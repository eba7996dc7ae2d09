"""The form of a piece of work itself: what it asks, as it was asked when the work was given, and what was answered."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Any

from sqlmodel import Session, col, select

from qabot.errors import BadRequest
from qabot.framework.activities import Activity
from qabot.framework.duties import Question, Scale
from qabot.framework.offsets import parse_moment
from qabot.framework.schema import AUDIT
from qabot.framework.vocabulary import hears_concern
from qabot.models import Answer, AnswerRow, Audit, Deadline, LadderSnapshot
from qabot.models.rows import AuditRow
from qabot.workflows.core import forms, questions, rows
from qabot.workflows.core.unit import Unit

NO_LONGER = "The framework no longer has the activity {name!r}. Please tell {quality}."


def activity_of(unit: Unit, audit: Audit) -> Activity:
    """The audit's activity. Raises `BadRequest` if neither the framework nor its own work knows it."""
    activity = unit.framework.activity(audit.activity)
    if activity is None:
        raise BadRequest(NO_LONGER.format(name=audit.activity, quality=unit.framework.quality))
    return activity


@dataclass(frozen=True)
class OwnForm:
    """What a piece of work asks: its questions, which of them is the grade, and its deadline (None without one)."""

    unit: Unit
    audit: Audit
    questions: Mapping[str, Question]
    grade: str | None
    deadline: Deadline | None
    follows_rows: bool = False
    """Whether it asks for rows on which a duty opens: then nobody need say that there are actions."""

    @classmethod
    def of(cls, unit: Unit, audit: Audit) -> "OwnForm":
        """The form of a piece of work. Raises `BadRequest` if the framework no longer has its activity."""
        query = select(Deadline).where(
            Deadline.kind == AUDIT, Deadline.subject_type == "audit", Deadline.subject_id == audit.id
        )
        deadline = unit.session.exec(query.order_by(col(Deadline.id).desc())).first()
        kept = unit.session.get_one(LadderSnapshot, deadline.ladder_id).duty if deadline is not None else {}
        if kept and not _is_graded_otherwise(unit, audit, kept["grade"]):
            form_questions, grade = questions.as_kept(unit.framework, kept["questions"]), kept["grade"]
        else:
            # Given by a version that kept no questions, or by none, or graded by a question that is gone: it asks what
            # the framework asks now.
            activity = activity_of(unit, audit)
            form_questions, grade = {name: unit.framework.questions[name] for name in activity.ask}, activity.grade
        return cls(
            unit, audit, form_questions, grade, deadline, bool(form_questions.keys() & rows.opening(unit.framework))
        )

    @cached_property
    def scale(self) -> Scale | None:
        """The scale by which it is graded; None of work without a grade."""
        question = self.questions.get(self.grade or "")
        return self.unit.framework.scales.get(question.scale or "") if question is not None else None

    def asking(self) -> forms.Asking:
        """Its questions, with the dates from which their days count and whose work they are about."""
        dates = {name: parse_moment(text) for name, text in self.deadline.anchors.items()} if self.deadline else {}
        return forms.Asking(self.unit, self.questions, dates, self.audit.practitioner_id, self.audit.auditor_id)

    def again(self) -> "OwnForm":
        """The same without its rows: those are subjects of their own by now, and put right there."""
        left = {name: each for name, each in self.questions.items() if not each.rows}
        return replace(self, questions=left)

    @property
    def unheard(self) -> str:
        """Where nobody would hear of an immediate concern: that it is so, and whom to phone; else ""."""
        if hears_concern(self.unit.framework, self.audit.activity):
            return ""
        phone = f"If a child may be at risk now, phone {self.unit.framework.council.duty_line}."
        return f"No manager is told at once of what you say here. {phone}"

    def require(self, values: Mapping[str, Any], *, immediate: bool = False) -> None:
        """Raises `BadRequest` where something is not asked, cannot be so, or is missing though it must be there.

        `immediate` concerns of which nobody would hear are refused: whoever sends them relies on that somebody does.
        """
        if immediate and self.unheard:
            raise BadRequest(f"{self.audit.reference} asks for no immediate concerns. {self.unheard}")
        unknown = [name for name in values if name not in self.questions]
        if unknown:
            known = ", ".join(self.questions) or "nothing"
            raise BadRequest(f"{unknown[0]!r} is not asked of {self.audit.reference}: it asks {known}.")
        if wrong := forms.faults(self.asking(), values):
            raise BadRequest(" ".join(wrong.values()))
        left_out = [each.label for name, each in self.questions.items() if _is_missing(each, values.get(name))]
        if left_out:
            raise BadRequest(f"This has no answer: {', '.join(left_out)}.")

    def keep(self, values: Mapping[str, Any], *, by: int | None, at: datetime | None = None) -> list[AnswerRow]:
        """Keep the answers; the rows among them, in order. `at` (UTC) is when they were given, if not now."""
        subject = ("audit", self.audit.id)
        questions.keep(self.unit, subject, None, self.questions, values, by=by, at=at)
        return rows.keep(self.unit, subject, self.questions, values, by=by)

    def correct(self, values: Mapping[str, Any], *, by: int | None) -> None:
        """Keep what is answered otherwise now. What is left out now and was not before is kept as taken back."""
        before = with_work(self.unit.session, self.audit)
        changed = {
            name: values.get(name)
            for name in self.questions
            if questions.stored(values.get(name)) != (before[name].value if name in before else None)
        }
        questions.keep(self.unit, ("audit", self.audit.id), None, self.questions, changed, by=by)
        for name in (each for each, value in changed.items() if value is None):
            taken_back: dict[str, Any] = {"given": {"value": None}, "at": self.unit.now, "by_id": by}
            self.unit.session.add(Answer(**before[name].model_dump(exclude={"id", *taken_back}), **taken_back))
        self.unit.session.flush()


def _is_graded_otherwise(unit: Unit, audit: Audit, grade: str | None) -> bool:
    """Whether the file has this question no more, and another one gives the grade: no condition knows the first."""
    activity = unit.framework.activity(audit.activity)
    return bool(grade and grade not in unit.framework.questions and activity is not None and activity.grade)


def _is_missing(question: Question, value: Any) -> bool:
    return not question.optional and not question.rows and value is None


def with_work(session: Session, audit: AuditRow) -> dict[str, Answer]:
    """What was answered on the work's own form, by question: the newest of each, without what was taken back."""
    query = select(Answer).where(
        Answer.subject_type == "audit", Answer.subject_id == audit.id, col(Answer.deadline_id).is_(None)
    )
    newest = {each.question: each for each in session.exec(query.order_by(col(Answer.id)))}
    return {name: each for name, each in newest.items() if each.value is not None}


def all_with_work(session: Session) -> dict[int, dict[str, Any]]:
    """The same of every piece of work: the answers themselves, by the work's id and by question."""
    query = select(Answer).where(Answer.subject_type == "audit", col(Answer.deadline_id).is_(None))
    newest: dict[int, dict[str, Any]] = {}
    for each in session.exec(query.order_by(col(Answer.id))):
        newest.setdefault(each.subject_id, {})[each.question] = each.value
    return {
        number: {name: value for name, value in answers.items() if value is not None}
        for number, answers in newest.items()
    }
