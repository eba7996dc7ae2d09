"""What the figures of the programme count, from the tables: work, grades, alerts and what follows, second looks,
actions, good practice. Each measure with its items, in statements whose number does not grow with what there is.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time
from functools import cached_property
from typing import Any

from sqlmodel import col, select

from qabot.framework import Framework
from qabot.framework.calendar import add_months, at_local, local_day
from qabot.framework.questions import Scale
from qabot.framework.vocabulary import ROW, following, graded, is_made, worrying
from qabot.models import (
    Alert,
    Answer,
    Audit,
    AuditState,
    Deadline,
    DeadlineState,
    Moderation,
    Nomination,
)
from qabot.models.columns import run, table
from qabot.models.rows import DEADLINES, DeadlineRow
from qabot.planning.figures import COUNT, GRADE, MEDIAN, SERVICE, Item, Measure, working_hours
from qabot.planning.periods import MONTH, Period
from qabot.workflows.core.unit import Unit
from qabot.workflows.programme.figure_places import Places, Work, columns
from qabot.workflows.programme.today import dating
from qabot.workflows.programme.tracker import followed

DONE, ON_TIME, LATE, OPEN, UNDATED = "done", "on-time", "late", "open", "undated"
AGREED, BETTER, WORSE = "agreed", "better", "worse"
AGES = (("age-0", 14, "Less than two weeks"), ("age-14", 28, "Two to four weeks"), ("age-28", 91, "Four to 13 weeks"))
OLDEST = ("age-91", "More than 13 weeks")
Counted = tuple[Measure, list[Item]]


class Reader:
    """Reads them for a stretch of days, both included; what is not over is counted as it is at the unit's moment."""

    def __init__(self, unit: Unit, starts: date, ends: date) -> None:
        self.unit, self.starts, self.ends = unit, starts, ends
        self.framework: Framework = unit.framework
        self.places = Places(unit)

    def every(self) -> list[Counted]:
        """Every measure, in the order of a report."""
        return [
            self.completion(),
            *self.grades(),
            self.acknowledged(),
            *self.after_alerts(),
            *self.moderations(),
            self.actions(),
            self.ageing(),
            self.good_practice(),
        ]

    # -- work -------------------------------------------------------------------------------------------------------

    def completion(self) -> Counted:
        """Work by the day on which it is due."""
        measure = Measure(
            "completion",
            "Work done, and on time",
            "Due",
            ((DONE, "Done"), (ON_TIME, "On time"), (LATE, "Done late"), (OPEN, "Not in")),
            "On time",
            of=frozenset({ON_TIME}),
            method="Work that was due in the period, without what was withdrawn. On time: its grades or answers came "
            "in by its date. The share is of all that was due.",
        )
        due_on = table(Audit).c.due_on
        query = columns(Audit, "id", "due_on", "due_at", "submitted_at").where(
            table(Audit).c.state != AuditState.withdrawn, due_on.between(self.starts, self.ends)
        )
        items = [
            Item(due, self.places.work[number].groups, _done(due, due_at, submitted))
            for number, due, due_at, submitted in run(self.unit.session, query)
        ]
        return measure, items

    def grades(self) -> Iterator[Counted]:
        """Grades by the day on which they came in, a measure for each scale."""
        work = table(Audit).c
        query = columns(Audit, "id", "submitted_at").where(
            work.state != AuditState.withdrawn, work.grade.is_not(None), self._within(work.submitted_at)
        )
        by_scale: dict[str, list[Item]] = {}
        for number, at in run(self.unit.session, query):
            graded_work = self.places.work[number]
            if (scale := self._scale(graded_work)) is not None:
                item = Item(local_day(at), graded_work.groups, frozenset({graded_work.grade or ""}))
                by_scale.setdefault(scale.version, []).append(item)
        for version, items in sorted(by_scale.items()):
            scale = next(each for each in self.framework.scales.values() if each.version == version)
            good = self.better(scale)
            yield (
                Measure(
                    f"grades-{version}",
                    "Grades" if len(by_scale) == 1 else f"Grades ({version})",
                    "Graded",
                    tuple((key, scale.label(key)) for key in self._best_first(scale)),
                    " or ".join(scale.labels[key] for key in scale.labels if key in good),
                    of=good,
                    method="Grades that came in during the period, as whoever did the work gave them.",
                ),
                items,
            )

    def better(self, scale: Scale) -> frozenset[str]:
        """The better half of a scale: away from the grades that raise an alert, the first half where none does."""
        keys = list(scale.labels)
        half = len(keys) // 2
        low = [keys.index(each) for each in self._low if each in keys]
        upside_down = bool(low) and sum(low) / len(low) < (len(keys) - 1) / 2
        return frozenset(keys[-half:] if upside_down else keys[:half])

    def _best_first(self, scale: Scale) -> list[str]:
        keys = list(scale.labels)
        return keys if keys[0] in self.better(scale) else keys[::-1]

    @cached_property
    def _low(self) -> frozenset[str]:
        """The grades that raise an alert."""
        duties = (self.framework.duties[name] for name in self.framework.alerting())
        return frozenset(grade for duty in duties for each in duty.if_ for grade in (*each.grade, *each.any_grade))

    def _scale(self, work: Work) -> Scale | None:
        scale = self.framework.scale_of(work.grade, work.version)
        return scale if scale is not None and (not work.version or scale.version == work.version) else None

    # -- alerts and what follows ------------------------------------------------------------------------------------

    def acknowledged(self) -> Counted:
        """Alerts by the day on which they were raised."""
        measure = Measure(
            "alerts",
            "Alerts, and how soon they were acknowledged",
            "Raised",
            ((DONE, "Acknowledged"), (OPEN, "Not yet")),
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
                frozenset({DONE if each.acknowledged_at else OPEN}),
                self._hours(each.raised_at, each.acknowledged_at),
            )
            for each in self.unit.session.exec(query)
        ]

    def after_alerts(self) -> Iterator[Counted]:
        """What a low grade or a concern asks for: a meeting's date, a look of somebody higher, new work."""
        framework = self.framework
        behind = graded(framework) | worrying(framework) | following(framework, set(framework.alerting()), any)
        meetings = dating(framework)
        for name, duty in framework.duties.items():
            asked = name in behind and (name in meetings or duty.holds or duty.makes)
            if asked and not duty.is_alert and not duty.is_survey and not is_made(framework, name):
                yield self._following(name, duty.title, meeting=name in meetings)

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
        query = DEADLINES.query().where(
            Deadline.kind == kind, Deadline.state != DeadlineState.withdrawn, self._within(col(Deadline.opened_at))
        )
        rows = DEADLINES.read(self.unit.session, query)
        days = self._dates({each.id for each in rows}) if meeting else {}
        return measure, [self._followed(each, days) for each in rows]

    def _followed(self, deadline: DeadlineRow, days: Mapping[int, date]) -> Item:
        opened, closed = local_day(deadline.opened_at), deadline.closed_at
        given = days.get(deadline.id, local_day(closed) if closed else None)
        marks = _done(deadline.due_on, deadline.due_at, closed) - {ON_TIME}
        measured = float(max(0, (given - opened).days)) if closed and given else None
        return Item(opened, self.places.groups_of(deadline), marks, measured)

    def _dates(self, ids: set[int]) -> dict[int, date]:
        """The days that were given as answers, by deadline."""
        query = select(Answer).where(col(Answer.deadline_id).in_(ids), Answer.kind == "date").order_by(col(Answer.id))
        return {each.deadline_id or 0: date.fromisoformat(each.value) for each in self.unit.session.exec(query)}

    # -- second looks -----------------------------------------------------------------------------------------------

    def moderations(self) -> Iterator[Counted]:
        """Second grades by the day on which they were given: whether they agreed, and the first beside the second."""
        query = select(Moderation).where(col(Moderation.grade).is_not(None), self._within(col(Moderation.done_at)))
        agreed: list[Item] = []
        matrix: dict[str, list[Item]] = {}
        for each in self.unit.session.exec(query):
            work = self.places.work[each.audit_id]
            scale = self._scale(work)
            if each.done_at is None or scale is None or work.grade is None or each.grade not in scale.labels:
                continue
            on = local_day(each.done_at)
            agreed.append(Item(on, work.groups, frozenset({self._against(scale, work.grade, each.grade)})))
            first = {GRADE: scale.label(work.grade)}
            matrix.setdefault(scale.version, []).append(Item(on, first, frozenset({each.grade})))
        yield (
            Measure(
                "moderation",
                "Second looks, and whether they agreed",
                "Looked at again",
                ((AGREED, "Agreed"), (BETTER, "Graded higher"), (WORSE, "Graded lower")),
                "Agreed",
                of=frozenset({AGREED}),
                method="Second grades that were given in the period, beside the first grade.",
            ),
            agreed,
        )
        for version, items in sorted(matrix.items()):
            scale = next(each for each in self.framework.scales.values() if each.version == version)
            yield (
                Measure(
                    f"moderation-{version}",
                    "First grades, and what the second look gave",
                    "Looked at again",
                    tuple((key, scale.label(key)) for key in self._best_first(scale)),
                    "Looked at again",
                    kind=COUNT,
                    by=(GRADE,),
                    method="Rows are the first grade, columns the second.",
                ),
                items,
            )

    def _against(self, scale: Scale, first: str, second: str) -> str:
        if first == second:
            return AGREED
        keys = self._best_first(scale)
        return BETTER if keys.index(second) < keys.index(first) else WORSE

    # -- actions ----------------------------------------------------------------------------------------------------

    def actions(self) -> Counted:
        """Actions by the day on which they were given."""
        measure = Measure(
            "actions",
            "Actions",
            "Given",
            ((ON_TIME, "Done in time"), (LATE, "Done late"), (UNDATED, "Done, without a date"), (OPEN, "Open")),
            "Done",
            of=frozenset({DONE}),
            by=(SERVICE,),
            method="Actions that were given in the period, and how they stand now. Whoever gave a new date is in time "
            "by that one.",
        )
        items = []
        for first, last in self._actions:
            marks = _done(last.expected_on or last.due_on, None, last.closed_at)
            if DONE in marks and not (last.expected_on or last.due_on):
                marks = frozenset({DONE, UNDATED})
            items.append(Item(local_day(first.opened_at), self.places.groups_of(last), marks))
        return measure, [each for each in items if self.starts <= each.on <= self.ends]

    def ageing(self) -> Counted:
        """Actions that are open on the last day of each month."""
        measure = Measure(
            "ageing",
            "Actions that are open, by age",
            "Open",
            (*((mark, words) for mark, _, words in AGES), OLDEST),
            "More than 13 weeks",
            of=frozenset({OLDEST[0]}),
            stock=True,
            by=(SERVICE,),
            method="Actions that were open at the end of the period, by the time since they were given.",
        )
        days, month, items = [], Period.of(MONTH, self.starts), []
        ages = {mark: frozenset({mark}) for mark, *_ in (*AGES, OLDEST)}
        while month.starts <= min(self.ends, self.unit.today):
            days.append(min(month.ends, self.unit.today))
            month = Period(MONTH, add_months(month.starts, 1))
        for first, last in self._actions:
            given, closed = local_day(first.opened_at), local_day(last.closed_at) if last.closed_at else date.max
            groups = self.places.groups_of(last)
            items += [Item(day, groups, ages[_age((day - given).days)]) for day in days if given <= day < closed]
        return measure, items

    @cached_property
    def _actions(self) -> list[tuple[DeadlineRow, DeadlineRow]]:
        """Each action's first deadline and its last, where a new date made another one."""
        kinds = followed(self.framework)
        about = (col(Deadline.subject_type) == ROW) | col(Deadline.kind).in_(kinds)
        # Of what had ended before, also with its last date, nothing is counted: most of the history is not read.
        open_then = col(Deadline.closed_at).is_(None) | (col(Deadline.closed_at) >= at_local(self.starts, time(0, 0)))
        query = DEADLINES.query().where(
            about,
            col(Deadline.opened_at) <= self._end,
            col(Deadline.subject_id).in_(select(Deadline.subject_id).where(about, open_then)),
        )
        parts: dict[tuple[str, str, int], list[DeadlineRow]] = {}
        for each in DEADLINES.read(self.unit.session, query.order_by(col(Deadline.id))):
            parts.setdefault((kinds.get(each.kind, each.kind), each.subject_type, each.subject_id), []).append(each)
        return [(same[0], same[-1]) for same in parts.values() if same[-1].state != DeadlineState.withdrawn]

    # -- good practice ----------------------------------------------------------------------------------------------

    def good_practice(self) -> Counted:
        """Nominations by the day on which they came."""
        measure = Measure(
            "good-practice",
            "Good practice that was told of",
            "Nominations",
            (),
            "Nominations",
            kind=COUNT,
            by=(SERVICE,),
            method="Nominations that were made in the period, by the service of whom they are about.",
        )
        query = select(Nomination.submitted_at, Nomination.nominee_id).where(self._within(col(Nomination.submitted_at)))
        rows = self.unit.session.exec(query).all()
        return measure, [Item(local_day(at), {SERVICE: self.places.service_of(person)}) for at, person in rows]

    @property
    def _end(self) -> datetime:
        return at_local(self.ends, time(23, 59, 59, 999_999))

    def _within(self, column: Any) -> Any:
        return column.between(at_local(self.starts, time(0, 0)), self._end)

    def _hours(self, start: datetime, end: datetime | None) -> float | None:
        return None if end is None else round(working_hours(self.unit.situation.calendar, start, end), 2)


def _done(due: date | None, due_at: datetime | None, done: datetime | None) -> frozenset[str]:
    """The columns of something that was due, or had no date, and was done then, or is open."""
    if done is None:
        return frozenset({OPEN})
    late = (due is not None and local_day(done) > due) or (due_at is not None and done > due_at)
    return frozenset({DONE, LATE if late else ON_TIME})


def _age(days: int) -> str:
    return next((mark for mark, below, _ in AGES if days < below), OLDEST[0])


def counted(unit: Unit, periods: Sequence[Period]) -> list[Counted]:
    """Every measure, with what is needed for these periods."""
    return Reader(unit, min(each.starts for each in periods), max(each.ends for each in periods)).every()
