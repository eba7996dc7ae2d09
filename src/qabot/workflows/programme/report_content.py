"""What a report says: which figures are in which kind, its headline, its lists, and how everything was counted.

A report is data before it is a page or a file, so that what was issued can be shown again as it was.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from statistics import median
from typing import Any

from sqlmodel import col, select

from qabot.framework.calendar import at_local, local_day
from qabot.models import Audit, AuditState, Cycle, Deadline, DeadlineState, Event, Moderation
from qabot.planning.figures import Figure
from qabot.planning.periods import FINANCIAL, MONTH, QUARTER, Period
from qabot.planning.suppression import FLOOR
from qabot.workflows.core import looks
from qabot.workflows.core.unit import Unit
from qabot.workflows.core.words import say_day, say_moment
from qabot.workflows.programme.figure_places import gone
from qabot.workflows.programme.figures import of_period

MONTHLY, BOARD, ANNUAL, INSPECTION = "monthly", "board", "annual", "inspection"
LATER = "After the second look"
HIDDEN = "hidden"
LONGEST = 4000
"""Letters of each text."""
_USUAL = {
    "headline": "Headline",
    "risks": "Risks",
    "changed": "What changed for children",
    "decisions": "Decisions that are asked for",
}
_INSPECTION = {
    "headline": "What do you know about the quality and the impact of practice?",
    "risks": "How do you know it?",
    "changed": "What changed for children",
    "decisions": "What are your plans for the next twelve months?",
}


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of report: of what periods, with which figures (by the beginning of their keys; none means all)."""

    title: str
    period: str
    figures: tuple[str, ...] = ()
    texts: Mapping[str, str] = field(default_factory=lambda: _USUAL)
    lists_work: bool = False

    def has(self, key: str) -> bool:
        """Whether a figure is in it."""
        return not self.figures or key.startswith(self.figures)


MONTHLY_FIGURES = (
    *("completion", "grades", "low-grades", "alerts", "after-", "open-alerts", "second-looks", "actions", "ageing"),
    "overdue",
)
REPORTS = {
    MONTHLY: Kind("Monthly report", MONTH, MONTHLY_FIGURES),
    BOARD: Kind("Board pack", QUARTER),
    ANNUAL: Kind("Annual report", FINANCIAL),
    INSPECTION: Kind("Ofsted pack", FINANCIAL, texts=_INSPECTION, lists_work=True),
}


@dataclass(frozen=True, slots=True)
class Sheet:
    """A list of a report: texts, and numbers that are no secret."""

    title: str
    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Content:
    """All that a report says but its texts."""

    title: str
    council: str
    period: str
    periods: tuple[str, ...]
    figures: tuple[Figure, ...]
    sheets: tuple[Sheet, ...]
    method: tuple[str, ...]
    made: str
    labels: Mapping[str, str]

    @property
    def headline(self) -> list[tuple[str, Figure]]:
        """The figures whose whole stands at the top, each with its words."""
        seen: dict[str, Figure] = {}
        for each in self.figures:
            seen.setdefault(each.key, each)
        return [(each.title, each) for each in seen.values() if not each.key.startswith(("moderation-", "reviews-"))]

    def as_data(self) -> dict[str, Any]:
        """What is kept."""
        kept = ("title", "council", "period", "periods", "method", "made", "labels")
        return {name: getattr(self, name) for name in kept} | {
            "figures": [each.as_data() for each in self.figures],
            "sheets": [[each.title, each.headings, each.rows] for each in self.sheets],
        }

    @classmethod
    def of_data(cls, data: Mapping[str, Any]) -> "Content":
        """The same from what was kept."""
        return cls(
            title=data["title"],
            council=data["council"],
            period=data["period"],
            periods=tuple(data["periods"]),
            figures=tuple(Figure.of_data(each) for each in data["figures"]),
            sheets=tuple(Sheet(title, tuple(head), tuple(map(tuple, rows))) for title, head, rows in data["sheets"]),
            method=tuple(data["method"]),
            made=data["made"],
            labels=dict(data["labels"]),
        )


OLD_GRADES = (
    "Some work of this period has a grade of a scale that the rules no longer have: it is in no table of grades. What "
    "was issued before has it."
)
"""Of grades that are left out, so that nobody takes them for none."""


def content(unit: Unit, name: str, period: Period, targets: Mapping[str, int]) -> Content:
    """A report as it stands at the unit's moment."""
    kind = REPORTS[name]
    figures = tuple(each for each in of_period(unit, period, targets) if kind.has(each.key))
    return Content(
        title=kind.title,
        council=unit.framework.council.name,
        period=period.title,
        periods=figures[0].periods,
        figures=figures,
        sheets=(
            _plan(unit, period),
            *_capacity(unit, name, period),
            *([_work(unit, period)] if kind.lists_work else ()),
        ),
        method=_method(unit, period, figures, lists=kind.lists_work),
        made=say_moment(unit.now.isoformat()),
        labels=kind.texts,
    )


def _method(unit: Unit, period: Period, figures: Sequence[Figure], *, lists: bool) -> tuple[str, ...]:
    framework = unit.framework
    methods = dict.fromkeys(f"{each.title}: {each.method}" for each in figures if each.method)
    running = period.ends >= unit.today
    return (
        f"Rules: {framework.title}. Counted on {say_day(unit.today)}.",
        *(["The period was not over then, so only the whole council is shown."] if running else []),
        *methods,
        *([OLD_GRADES] if _has_old_grades(unit, period) else []),
        "Rows of fewer than five are hidden, and by service or kind of work grades that fewer than five have, with "
        "what they could be worked out from. A share is of the number in the first column. Beside each stand the "
        "period before and the same a year ago.",
        *(["The list of work by reference has the grades of records, for whoever may read these."] if lists else []),
        "Themes, family feedback and the impact of actions are kept in the case system, not here: write of them in "
        "the texts.",
    )


def _has_old_grades(unit: Unit, period: Period) -> bool:
    """Whether grades came in that the tables cannot count."""
    first, last = at_local(period.starts, time(0, 0)), at_local(period.ends + timedelta(days=1), time(0, 0))
    query = select(Audit.grade, Audit.scale_version).where(
        Audit.state != AuditState.withdrawn,
        col(Audit.grade).is_not(None),
        col(Audit.submitted_at) >= first,
        col(Audit.submitted_at) < last,
    )
    known = {(each.version, grade) for each in unit.framework.scales.values() for grade in each.labels}
    grades = {grade for _, grade in known}
    return any(
        (version, grade) not in known if version else grade not in grades
        for grade, version in unit.session.exec(query.distinct())
    )


def _plan(unit: Unit, period: Period) -> Sheet:
    """The plan of work and where it stands: the cycles of the period. How much there is to do is no secret."""
    titles = {name: each.title for name, each in unit.framework.activities.items()}
    query = select(Cycle).where(
        Cycle.due_on >= period.starts, Cycle.due_on <= period.ends, col(Cycle.activity).in_(list(titles))
    )
    rows = tuple(
        (titles[each.activity], each.name, say_day(each.starts_on), say_day(each.due_on), _standing(each, unit.today))
        for each in unit.session.exec(query.order_by(col(Cycle.due_on), Cycle.activity))
    )
    return Sheet("Plan of work", ("Work", "Cycle", "From", "Due", "State"), rows)


def _standing(cycle: Cycle, today: date) -> str:
    if cycle.opened_at is None:
        return "To come"
    return "Over" if cycle.due_on < today else "Under way"


def _capacity(unit: Unit, name: str, period: Period) -> list[Sheet]:
    """Who does the work, as numbers of people and of no service, and who was let off what; not each month."""
    return [] if name == MONTHLY else [_workload(unit, period), _exemptions(unit, period)]


def _workload(unit: Unit, period: Period) -> Sheet:
    query = select(Audit.auditor_id).where(
        Audit.state != AuditState.withdrawn, Audit.due_on >= period.starts, Audit.due_on <= period.ends
    )
    each = sorted(Counter(unit.session.exec(query)).values())
    shown = len(each) >= FLOOR
    rows = (
        ("People to whom work was given", str(len(each)) if shown or not each else HIDDEN),
        ("Pieces of work each, at the median", f"{median(each):g}" if shown else HIDDEN if each else "0"),
        ("Pieces of work each, at most", str(each[-1]) if shown else HIDDEN if each else "0"),
    )
    return Sheet("Who does the work", ("What", "How many"), rows)


def _exemptions(unit: Unit, period: Period) -> Sheet:
    """What need not be done, with the reason that was chosen and who approved it."""
    first, last = at_local(period.starts, time(0, 0)), at_local(period.ends + timedelta(days=1), time(0, 0))
    query = (
        select(Event, Deadline.kind)
        .outerjoin(Deadline, col(Deadline.id) == col(Event.deadline_id))
        .where(Event.what == "let-off", Event.at >= first, Event.at < last)
        .order_by(col(Event.id))
    )
    surveys, titles = unit.framework.surveys(), _titles(unit)
    rows = tuple(
        (say_day(local_day(event.at)), titles.get(kind or "", "Work"), event.why, _approver(unit, event))
        for event, kind in unit.session.exec(query)
        if kind not in surveys
    )
    return Sheet("What people were let off", ("On", "What", "Why", "Approved by"), rows)


def _titles(unit: Unit) -> dict[str, str]:
    return {name: each.title for name, each in unit.framework.duties.items()}


def _approver(unit: Unit, event: Event) -> str:
    return str(event.detail.get("approved_by") or unit.directory.name(event.actor_id))


def _work(unit: Unit, period: Period) -> Sheet:
    """Each piece of work by reference and grade; none whose grade somebody must not know before a second look."""
    waiting = select(Moderation.audit_id).where(looks.to_judge(unit.framework))
    judged = select(Deadline.subject_id).where(
        Deadline.subject_type == "audit", Deadline.kind == "moderation", Deadline.state == DeadlineState.open
    )
    query = select(Audit).where(
        Audit.state != AuditState.withdrawn, Audit.due_on >= period.starts, Audit.due_on <= period.ends
    )
    hidden = set(unit.session.exec(waiting)) | set(unit.session.exec(judged))
    titles = {name: each.title for name, each in unit.framework.activities.items()}
    rows = tuple(
        (
            each.reference,
            titles.get(each.activity) or gone(each.activity),
            say_day(each.due_on),
            say_day(local_day(each.submitted_at)) if each.submitted_at else "Not in",
            LATER if each.id in hidden else unit.framework.grade_label(each.grade, each.scale_version),
        )
        for each in unit.session.exec(query.order_by(col(Audit.due_on), col(Audit.id)))
    )
    return Sheet("Work by reference", ("Reference", "Work", "Due", "In", "Grade"), rows)


def periods_of(name: str, today: date) -> list[Period]:
    """The periods for which a report of this kind may be written: those of late, the last that is over first."""
    kind = REPORTS[name].period
    running = Period.of(kind, today)
    periods = [running.before]
    for _ in range({MONTH: 11, QUARTER: 7}.get(kind, 2)):
        periods.append(periods[-1].before)
    return [*periods, running]


def known(name: str, key: str) -> Period | None:
    """The period that an address names, if this kind of report is of such ones."""
    period = Period.parse(key)
    return period if name in REPORTS and period is not None and period.kind == REPORTS[name].period else None
