"""What the figures say of alerts: how soon they were acknowledged, what followed, and what is open still."""

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from functools import cached_property

from sqlmodel import col, or_, select

from qabot.framework.calendar import local_day
from qabot.framework.schema import AUDIT
from qabot.framework.vocabulary import following, graded, is_made, worrying
from qabot.models import Alert, Answer, Audit, AuditState, Deadline, DeadlineState
from qabot.models.columns import run, table
from qabot.planning.figures import GRADE, MEDIAN, SERVICE, Item, Measure
from qabot.workflows.core.as_opened import alerts
from qabot.workflows.programme.figure_places import COUNTED, CountedRow, columns
from qabot.workflows.programme.figure_reader import (
    DONE,
    DONE_ON_TIME,
    LATE,
    NOT_DONE,
    ON_TIME,
    OPEN,
    Counted,
    FigureReader,
    done_marks,
)
from qabot.workflows.programme.figure_stock import AGE_COLUMNS, OLDEST, ended, second_step
from qabot.workflows.programme.today import dating


class AlertFigures(FigureReader):
    """Reads what alerts are counted by."""

    def acknowledged(self) -> Counted:
        """Alerts by the day on which they were raised."""
        measure = Measure(
            "alerts",
            "Alerts, and how soon they were acknowledged",
            "Raised",
            ((DONE, "Acknowledged"), (ON_TIME, "Before a reminder was due"), (OPEN, "Not yet")),
            "Median to acknowledge",
            kind=MEDIAN,
            unit=" working hours",
            method="Alerts that were raised in the period, without those withdrawn as mistakes. Times are working "
            "hours; a median is of five or more.",
        )
        query = select(Alert).where(col(Alert.withdrawn_at).is_(None), self._within(col(Alert.raised_at)))
        return measure, [
            Item(
                local_day(each.raised_at),
                self.places.work[each.audit_id].groups,
                self._acknowledged(each),
                self._hours(each.raised_at, each.acknowledged_at),
            )
            for each in self.unit.session.exec(query)
        ]

    def _acknowledged(self, alert: Alert) -> frozenset[str]:
        if alert.acknowledged_at is None:
            return NOT_DONE
        reminded = next((at for each in self._reminders if (at := each(alert.raised_at)) is not None), None)
        in_time = reminded is None or alert.acknowledged_at <= reminded
        return DONE_ON_TIME if in_time else frozenset({DONE})

    @cached_property
    def _reminders(self) -> list[Callable[[datetime], datetime | None]]:
        """When the second step of each ladder of an alert is due, from when it was raised."""
        return [second_step(self.framework.ladder_of(name), self.unit) for name in self.framework.alerting()]

    def alerts_open(self) -> Counted:
        """Low grades and concerns after which something is still asked, on the last day of each month."""
        measure = Measure(
            "open-alerts",
            "Alerts after which something is still open, by age",
            "Open",
            AGE_COLUMNS,
            "More than 13 weeks",
            of=frozenset({OLDEST[0]}),
            stock=True,
            by=(SERVICE,),
            method="Work with an alert of which something was still asked at the end of the period (to acknowledge it, "
            "a meeting, a second look), by the time since the first of it was asked.",
        )
        query = COUNTED.query().where(
            or_(alerts(self.framework), col(Deadline.kind).in_(self._after)),
            col(Deadline.subject_type) == AUDIT,
            col(Deadline.state) != DeadlineState.withdrawn,
            col(Deadline.subject_id).in_(select(Alert.audit_id).where(col(Alert.withdrawn_at).is_(None))),
        )
        by_work: dict[int, list[CountedRow]] = {}
        for each in COUNTED.read(self.unit.session, query.order_by(col(Deadline.id))):
            by_work.setdefault(each.subject_id, []).append(each)
        spans = (
            (min(local_day(each.opened_at) for each in of), max(map(ended, of)), self.places.groups_of(of[0]))
            for of in by_work.values()
        )
        return measure, self.stock.of(spans)

    def second_looks(self) -> Iterator[Counted]:
        """Grades of work that was done again because of an alert, by the day on which they came in."""
        made = table(Audit).c
        query = columns(Audit, "id", "submitted_at", "made_for_id").where(
            made.made_for_id.is_not(None),
            made.grade.is_not(None),
            made.state != AuditState.withdrawn,
            self._within(made.submitted_at),
        )
        rows = run(self.unit.session, query)
        deadlines = COUNTED.among(self.unit.session, "id", {row[2] for row in rows})
        first = {each.id: each.subject_id for each in deadlines}
        by_scale: dict[str, list[Item]] = {}
        for number, at, made_for in rows:
            again, before = self.places.work[number], self.places.work.get(first.get(made_for, 0))
            if (scale := self._scale(again)) is not None and before is not None and before.grade in scale.labels:
                item = Item(local_day(at), {GRADE: scale.label(before.grade)}, frozenset({again.grade or ""}))
                by_scale.setdefault(scale.version, []).append(item)
        yield from self._by_grade(
            "second-looks",
            "Grades before, and when the work was looked at anew",
            "Looked at anew",
            "Rows are the grade that asked for it, columns the grade of the new work.",
            by_scale,
        )

    @cached_property
    def _after(self) -> list[str]:
        """The duties that a low grade or a concern opens, and that ask for more than to be read."""
        framework = self.framework
        behind = graded(framework) | worrying(framework) | following(framework, set(framework.alerting()), any)
        meetings = dating(framework)
        return [
            name
            for name, duty in framework.duties.items()
            if name in behind
            and (name in meetings or duty.holds or duty.makes)
            and not (duty.is_alert or duty.is_survey or is_made(framework, name))
        ]

    def after_alerts(self) -> Iterator[Counted]:
        """What a low grade or a concern asks for: a meeting's date, a look of somebody higher, new work."""
        meetings = dating(self.framework)
        for name in (each for each in self._after if each not in self.framework.opened.gone):
            yield self._following(name, self.framework.duties[name].title, meeting=name in meetings)

    def _following(self, kind: str, title: str, *, meeting: bool) -> Counted:
        measure = Measure(
            f"after-{kind}",
            title,
            "Asked for",
            ((DONE, "Done"), (LATE, "Done late"), (OPEN, "Not yet")),
            "Median to the day that was given" if meeting else "Median until it was done",
            kind=MEDIAN,
            unit=" days",
            by=(SERVICE,),
            method="What was asked for in the period after a low grade or a concern. Times are in days from then on.",
        )
        query = COUNTED.query().where(
            col(Deadline.kind) == kind,
            col(Deadline.state) != DeadlineState.withdrawn,
            self._within(col(Deadline.opened_at)),
        )
        rows = COUNTED.read(self.unit.session, query)
        days = self._dates({each.id for each in rows}) if meeting else {}
        return measure, [self._followed(each, days) for each in rows]

    def _followed(self, deadline: CountedRow, days: Mapping[int, date]) -> Item:
        opened, closed = local_day(deadline.opened_at), deadline.closed_at
        given = days.get(deadline.id, local_day(closed) if closed else None)
        marks = done_marks(deadline.due_on, deadline.due_at, closed) - {ON_TIME}
        measured = float(max(0, (given - opened).days)) if closed and given else None
        return Item(opened, self.places.groups_of(deadline), marks, measured)

    def _dates(self, ids: set[int]) -> dict[int, date]:
        """The days that were given as answers, by deadline."""
        query = select(Answer).where(col(Answer.deadline_id).in_(ids), Answer.kind == "date").order_by(col(Answer.id))
        answers = self.unit.session.exec(query).all()
        return {each.deadline_id: date.fromisoformat(each.value) for each in answers if each.deadline_id is not None}
