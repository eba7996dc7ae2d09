"""Reports: written to the figures of a period, issued and then kept as they were, and the days they are due for."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlmodel import Session, col, select

from qabot.errors import BadRequest, NotAllowed, NotFound
from qabot.framework.gatherings import AFTER, Gathering
from qabot.framework.vocabulary import OCCASION
from qabot.messaging.form import Field, Form
from qabot.messaging.values import join_and
from qabot.models import Deadline, Occasion, OccasionState, Person
from qabot.models.report import Report
from qabot.planning.periods import Period
from qabot.workflows.access.seniors import may_issue, may_read
from qabot.workflows.core.texts import look_at
from qabot.workflows.core.unit import Unit
from qabot.workflows.programme.report_content import (
    ANNUAL,
    BOARD,
    LONGEST,
    MONTHLY,
    REPORTS,
    Content,
    content,
    known,
    periods_of,
)
from qabot.workflows.verbs import answers

CLOSED = "Reports are open to {quality}, administrators and senior leaders."
ISSUERS = "Reports are written and issued by {quality} and administrators."
NO_REPORT = "There is no such report. Choose one from the list of reports."
FORM = "report"
HALF_QUARTER, HALF_YEAR = 75, 183
"""Days: reports that come more often than these are of a month, or of a quarter."""


@dataclass(frozen=True, slots=True)
class Issued:
    """A report that was issued, in a list. `at` is UTC."""

    token: str
    title: str
    period: str
    number: int
    by: str
    at: Any


@dataclass(frozen=True, slots=True)
class ShownReport:
    """One report. `issued` is None of one that is still written to; `before` are the earlier issues of the same."""

    kind: str
    key: str
    content: Content
    texts: Mapping[str, str]
    issued: Issued | None
    before: tuple[Issued, ...] = ()
    errors: Mapping[str, str] | None = None
    due: str = ""


@dataclass(frozen=True, slots=True)
class Shelf:
    """All reports: those to write (kind, title, its period's key and title), all periods by kind, and those issued."""

    ready: tuple[tuple[str, str, str, str], ...]
    periods: tuple[tuple[str, str, tuple[Period, ...]], ...]
    issued: tuple[Issued, ...]


def shelf(unit: Unit, person_id: int) -> Shelf:
    """The list of reports. Raises `NotAllowed`."""
    _check_reader(unit, person_id)
    writes = may_issue(unit, person_id)
    periods = {name: periods_of(name, unit.today) for name in REPORTS} if writes else {}
    return Shelf(
        tuple((name, REPORTS[name].title, of[0].key, of[0].title) for name, of in periods.items()),
        tuple((name, REPORTS[name].title, tuple(of)) for name, of in periods.items()),
        tuple(_issued(unit, each) for each in _known(unit)),
    )


def draft(unit: Unit, person_id: int, kind: str, key: str, targets: Mapping[str, int]) -> ShownReport:
    """A report as it stands, to write to. Raises `NotAllowed`, or `NotFound` of one that there cannot be."""
    period = _period(unit, person_id, kind, key)
    row = _open_row(unit, kind, key)
    texts = dict(row.texts) if row is not None else {}
    before = tuple(_issued(unit, each) for each in _known(unit, kind, key))
    due = join_and(dict.fromkeys(each.title for each in _days(unit, kind, period)))
    return ShownReport(kind, key, content(unit, kind, period, targets), texts, None, before, due=due)


def save(unit: Unit, person_id: int, kind: str, key: str, given: Mapping[str, Any]) -> Mapping[str, str]:
    """Keep the texts; what is wrong with them, by text, if something is, and then nothing is kept."""
    _period(unit, person_id, kind, key)
    texts = look_at(unit, text_form(kind), given)
    if texts.errors:
        texts.count_blocked(unit)
        return texts.errors
    texts.note_kept(unit, person_id)
    row = _open_row(unit, kind, key) or Report(
        kind=kind, period=key, number=len(_known(unit, kind, key)) + 1, changed_at=unit.now
    )
    row.texts = {name: text or "" for name, text in texts.clean.items()}
    row.changed_at, row.changed_by_id = unit.now, person_id
    unit.session.add(row)
    unit.session.flush()
    return {}


def issue(unit: Unit, person_id: int, kind: str, key: str, targets: Mapping[str, int]) -> Issued:
    """Issue it as it stands now, which fulfils what is due for it. Raises `BadRequest` if nothing was saved yet."""
    period = _period(unit, person_id, kind, key)
    row = _open_row(unit, kind, key, lock=True)
    if row is None:
        raise BadRequest("Save the texts first, then issue the report.")
    row.content = content(unit, kind, period, targets).as_data()
    row.issued_at, row.issued_by_id = unit.now, person_id
    unit.session.add(row)
    unit.session.flush()
    unit.event("report-issued", actor=person_id, subject=("report", row.id), why=f"{REPORTS[kind].title}, {key}")
    for occasion in _days(unit, kind, period):
        _fulfil(unit, occasion, person_id)
    return _issued(unit, row)


def show(unit: Unit, person_id: int, token: str) -> ShownReport:
    """What was issued, exactly as it was. Raises `NotAllowed` or `NotFound`."""
    _check_reader(unit, person_id)
    row = unit.session.exec(select(Report).where(Report.token == token, col(Report.issued_at).is_not(None))).first()
    if row is None:
        raise NotFound(NO_REPORT)
    return ShownReport(row.kind, row.period, Content.of_data(row.content), row.texts, _issued(unit, row))


def every_issue(session: Session) -> Iterator[ShownReport]:
    """All that were ever issued, the earliest first: for whoever takes all data along, not for a reader's page."""
    query = select(Report, Person.name).outerjoin(Person, col(Person.id) == col(Report.issued_by_id))
    for row, name in session.exec(query.where(col(Report.issued_at).is_not(None)).order_by(col(Report.issued_at))):
        shown = Content.of_data(row.content)
        issued = Issued(row.token, shown.title, shown.period, row.number, name or "", row.issued_at)
        yield ShownReport(row.kind, row.period, shown, row.texts, issued)


def text_form(kind: str) -> Form:
    """The boxes for the texts, which the identifier check reads as it reads every other."""
    return Form(
        FORM,
        REPORTS[kind].title,
        tuple(
            Field(name, label, "long-text", required=False, max_length=LONGEST)
            for name, label in REPORTS[kind].texts.items()
        ),
    )


# -- the days for which the framework asks for reports ---------------------------------------------------------------


def page_for(unit: Unit, person_id: int, occasion: Occasion) -> str:
    """Where the report is written that a day asks for, for whoever may issue it; "" of a meeting, and for others."""
    gathering = unit.framework.gatherings.get(occasion.thing)
    if gathering is None or not gathering.is_report or not may_issue(unit, person_id):
        return ""
    kind = kind_of(gathering, occasion.day)
    return f"/programme/reports/{kind}/{last_before(kind, occasion.day).key}"


def kind_of(gathering: Gathering, day: date) -> str:
    """Which kind of report a gathering of the framework asks for, by how often it comes."""
    rhythm = gathering.every
    period = rhythm.period(day) or rhythm.period(rhythm.next_start(day) or day) if rhythm is not None else None
    if period is None:
        return MONTHLY
    days = (period.ends - period.starts).days
    return MONTHLY if days < HALF_QUARTER else BOARD if days < HALF_YEAR else ANNUAL


def last_before(kind: str, day: date) -> Period:
    """The last period of a kind of report that is over on a day."""
    return Period.of(REPORTS[kind].period, day).before


def _days(unit: Unit, kind: str, period: Period) -> list[Occasion]:
    """The days that are still to come or to be answered, for which this report is due."""
    names = [name for name, each in unit.framework.gatherings.items() if each.is_report]
    query = select(Occasion).where(
        col(Occasion.thing).in_(names), Occasion.state == OccasionState.planned, Occasion.day > period.ends
    )
    return [
        each
        for each in unit.session.exec(query.order_by(col(Occasion.day), col(Occasion.id)))
        if kind_of(unit.framework.gatherings[each.thing], each.day) == kind and last_before(kind, each.day) == period
    ]


def _fulfil(unit: Unit, occasion: Occasion, person_id: int) -> None:
    """The report has gone out: unless its duty asks more, which whoever owes it answers."""
    duties = {f"{occasion.thing}{AFTER}"}
    deadline: Deadline | None = next(iter(unit.open_deadlines((OCCASION, occasion.id), duties)), None)
    if deadline is None or unit.framework.gatherings[occasion.thing].ask:
        return
    answers.answer(unit, deadline, {}, by=person_id)


# -- rows -------------------------------------------------------------------------------------------------------------


def _check_reader(unit: Unit, person_id: int) -> None:
    if not may_read(unit, person_id):
        raise NotAllowed(CLOSED.format(quality=unit.framework.quality))


def _period(unit: Unit, person_id: int, kind: str, key: str) -> Period:
    if not may_issue(unit, person_id):
        why = ISSUERS if may_read(unit, person_id) else CLOSED
        raise NotAllowed(why.format(quality=unit.framework.quality))
    period = known(kind, key)
    if period is None or period.starts > unit.today:
        raise NotFound(NO_REPORT)
    return period


def _open_row(unit: Unit, kind: str, key: str, *, lock: bool = False) -> Report | None:
    query = select(Report).where(Report.kind == kind, Report.period == key, col(Report.issued_at).is_(None))
    return unit.session.exec(query.with_for_update() if lock else query).first()


def _known(unit: Unit, kind: str = "", key: str = "") -> list[Report]:
    query = select(Report).where(col(Report.issued_at).is_not(None))
    if kind:
        query = query.where(Report.kind == kind, Report.period == key)
    return list(unit.session.exec(query.order_by(col(Report.issued_at).desc())))


def _issued(unit: Unit, row: Report) -> Issued:
    title, period = row.content.get("title", ""), row.content.get("period", "")
    return Issued(row.token, title, period, row.number, unit.directory.name(row.issued_by_id), row.issued_at)


@dataclass(frozen=True)
class Reports:
    """All of it for the web's pages, each in a unit of work."""

    unit: Callable[[Session], Unit]
    targets: Mapping[str, int]

    def shelf(self, session: Session, person_id: int) -> Shelf:
        """The list."""
        return shelf(self.unit(session), person_id)

    def draft(self, session: Session, person_id: int, kind: str, key: str) -> ShownReport:
        """One as it stands, to write to."""
        return draft(self.unit(session), person_id, kind, key, self.targets)

    def save(
        self, session: Session, person_id: int, kind: str, key: str, texts: Mapping[str, str]
    ) -> Mapping[str, str]:
        """Keep its texts; what is wrong with them, by name."""
        return save(self.unit(session), person_id, kind, key, texts)

    def issue(self, session: Session, person_id: int, kind: str, key: str) -> Issued:
        """Issue it as it stands now."""
        return issue(self.unit(session), person_id, kind, key, self.targets)

    def show(self, session: Session, person_id: int, token: str) -> ShownReport:
        """What was issued, as it was."""
        return show(self.unit(session), person_id, token)
