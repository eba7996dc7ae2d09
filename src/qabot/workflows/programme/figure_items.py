"""What the figures of the programme count, from the tables: work, grades, alerts and what follows, second looks,
actions, good practice. Each measure with its items, in statements whose number does not grow with what there is.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple

from sqlmodel import col, select

from qabot.framework.calendar import at_local, local_day
from qabot.framework.vocabulary import ROW
from qabot.models import (
    Audit,
    AuditState,
    Deadline,
    DeadlineState,
    Moderation,
    Nomination,
)
from qabot.models.columns import run, table
from qabot.planning.figures import COUNT, GRADE, SERVICE, Item, Measure
from qabot.planning.periods import Period
from qabot.workflows.core.calling import followed
from qabot.workflows.core.unit import Unit
from qabot.workflows.programme.figure_alerts import AlertFigures
from qabot.workflows.programme.figure_places import COUNTED, CountedRow, columns
from qabot.workflows.programme.figure_reader import (
    AGREED,
    BETTER,
    DONE,
    LATE,
    ON_TIME,
    OPEN,
    UNDATED,
    WORSE,
    Counted,
    done_marks,
)
from qabot.workflows.programme.figure_stock import AGE_COLUMNS, OLDEST, ended


class Action(NamedTuple):
    """An action as it is counted: from which day it is open, on which it is no longer, and by when it was to be done.

    `due` is the new date where one was given; `closed` is UTC. `dates` are all that it has had, each with the day from
    which it no longer counted: it was done then, or had a new one.
    """

    opened: date
    ended: date
    due: date | None
    closed: datetime | None
    groups: Mapping[str, str]
    dates: tuple[tuple[date, date], ...]

    @classmethod
    def of(cls, parts: Sequence[CountedRow], groups: Mapping[str, str]) -> "Action":
        """That of its deadlines, the first of which was given with it; each other one follows a new date."""
        first, last = parts[0], parts[-1]
        ends = [min(ended(each), local_day(after.opened_at)) for each, after in pairwise(parts)] + [ended(last)]
        days = [each.expected_on or each.due_on for each in parts]
        return cls(
            local_day(first.opened_at),
            ends[-1],
            days[-1],
            last.closed_at,
            groups,
            tuple((day, end) for day, end in zip(days, ends, strict=True) if day is not None),
        )

    @property
    def marks(self) -> frozenset[str]:
        """Its columns."""
        marks = done_marks(self.due, None, self.closed)
        return frozenset({DONE, UNDATED}) if DONE in marks and not self.due else marks


class Reader(AlertFigures):
    """Reads every measure."""

    def every(self) -> list[Counted]:
        """Every measure, in the order of a report."""
        return [
            self.completion(),
            *self.grades(),
            self.acknowledged(),
            *self.after_alerts(),
            self.alerts_open(),
            *self.second_looks(),
            *self.moderations(),
            self.actions(),
            self.ageing(),
            self.overdue(),
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
            "in by its date. The share is of all that was due. Work without a team, such as what nobody has named a "
            "case for yet, stands in the service of whoever does it.",
        )
        due_on = table(Audit).c.due_on
        query = columns(Audit, "id", "due_on", "due_at", "submitted_at").where(
            table(Audit).c.state != AuditState.withdrawn, due_on.between(self.starts, self.ends)
        )
        items = [
            Item(due, self.places.work[number].groups, done_marks(due, due_at, submitted))
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
            good, grades = self.better(scale), self._grades(scale)
            yield (
                Measure(
                    f"grades-{version}",
                    "Grades" if len(by_scale) == 1 else f"Grades ({version})",
                    "Graded",
                    tuple((key, scale.label(key)) for key in self._best_first(scale)),
                    " or ".join(scale.labels[key] for key in scale.labels if key in good),
                    of=good,
                    method="Grades that came in during the period, as whoever did the work gave them.",
                    grades=grades,
                ),
                items,
            )
            if low := [key for key in scale.labels if key in self._low]:
                yield (
                    Measure(
                        f"low-grades-{version}",
                        "Grades that raise an alert" + ("" if len(by_scale) == 1 else f" ({version})"),
                        "Graded",
                        tuple((key, scale.label(key)) for key in low),
                        " or ".join(scale.labels[key] for key in low),
                        of=frozenset(low),
                        by=(SERVICE,),
                        method="The same grades: how many of them are among those that raise an alert.",
                        grades=grades,
                    ),
                    items,
                )

    # -- second looks -----------------------------------------------------------------------------------------------

    def moderations(self) -> Iterator[Counted]:
        """Second grades by the day on which they were given: whether they agreed, and the first beside the second."""
        query = (
            select(Moderation)
            .join(Audit, col(Audit.id) == col(Moderation.audit_id))
            .where(col(Moderation.grade).is_not(None), self._within(col(Moderation.done_at)))
            .where(Audit.state != AuditState.withdrawn)
        )
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
                method="Second grades that were given in the period, beside the first grade, without what was "
                "withdrawn.",
            ),
            agreed,
        )
        yield from self._by_grade(
            "moderation",
            "First grades, and what the second look gave",
            "Looked at again",
            "Rows are the first grade, columns the second.",
            matrix,
            with_verdicts=True,
        )

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
        given = (each for each in self._actions if self.starts <= each.opened <= self.ends)
        return measure, [Item(each.opened, each.groups, each.marks) for each in given]

    def ageing(self) -> Counted:
        """Actions that are open on the last day of each month."""
        measure = Measure(
            "ageing",
            "Actions that are open, by age",
            "Open",
            AGE_COLUMNS,
            "More than 13 weeks",
            of=frozenset({OLDEST[0]}),
            stock=True,
            by=(SERVICE,),
            method="Actions that were open at the end of the period, by the time since they were given.",
        )
        return measure, self.stock.of((each.opened, each.ended, each.groups) for each in self._actions)

    def overdue(self) -> Counted:
        """Actions whose date has passed, on the last day of each month."""
        measure = Measure(
            "overdue",
            "Actions whose date has passed, by how long",
            "Past their date",
            AGE_COLUMNS,
            "More than 13 weeks",
            of=frozenset({OLDEST[0]}),
            stock=True,
            by=(SERVICE,),
            method="Actions that were open at the end of the period and past their date, the new one where one was "
            "given, by the time since then.",
        )
        spans = ((due + timedelta(days=1), until, each.groups) for each in self._actions for due, until in each.dates)
        return measure, self.stock.of(spans)

    @cached_property
    def _actions(self) -> list[Action]:
        """Each action: given with its first deadline, and ended with its last, where a new date made another one."""
        kinds = followed(self.framework)
        about = (col(Deadline.subject_type) == ROW) | col(Deadline.kind).in_(kinds)
        # Of what had ended before, also with its last date, nothing is counted: most of the history is not read.
        open_then = col(Deadline.closed_at).is_(None) | (col(Deadline.closed_at) >= at_local(self.starts, time(0, 0)))
        # What was given then is read to its end: with a new date, however late that was given, it is not done.
        given = select(Deadline.subject_id).where(about, col(Deadline.opened_at) <= self._end)
        query = COUNTED.query().where(
            about,
            col(Deadline.subject_id).in_(given),
            col(Deadline.subject_id).in_(select(Deadline.subject_id).where(about, open_then)),
        )
        parts: dict[tuple[str, str, int], list[CountedRow]] = {}
        for each in COUNTED.read(self.unit.session, query.order_by(col(Deadline.id))):
            parts.setdefault((kinds.get(each.kind, each.kind), each.subject_type, each.subject_id), []).append(each)
        return [
            Action.of(same, self.places.groups_of(same[-1]))
            for same in parts.values()
            if same[-1].state != DeadlineState.withdrawn and local_day(same[0].opened_at) <= self.ends
        ]

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
            method="Nominations that were made in the period, by the service in which whom they are about worked then.",
        )
        query = select(Nomination.submitted_at, Nomination.place, Nomination.nominee_id)
        rows = self.unit.session.exec(query.where(self._within(col(Nomination.submitted_at)))).all()
        places = [(local_day(at), place or self.places.service_of(person)) for at, place, person in rows]
        return measure, [Item(day, {SERVICE: place}) for day, place in places]


def counted(unit: Unit, periods: Sequence[Period]) -> list[Counted]:
    """Every measure, with what is needed for these periods."""
    return Reader(unit, min(each.starts for each in periods), max(each.ends for each in periods)).every()
