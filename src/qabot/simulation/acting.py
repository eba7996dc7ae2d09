"""Which rules acted in a period that was played: told somebody something, asked something, or gave out work."""

from collections.abc import Iterator, Sequence

from sqlmodel import col, select

from qabot.framework.coverage import TEXT, Entry
from qabot.models import Answer, Audit, Deadline, Event, ListLine, Notice, NoticeState, SurveySheet
from qabot.workflows.core.sheets import Sheet
from qabot.workflows.core.unit import Unit

EVENTS = ("cycle-allocated", "case-drawn", "work-rests", "nominated", "cases-picked")
"""What the log says that a rule did where it is no notice: cases were drawn, somebody rests."""


def idle(unit: Unit, entries: Sequence[Entry]) -> list[Entry]:
    """Of the rules that are said to be carried out those that did nothing: nobody was told, asked or given anything.

    A scale is no rule that acts: its grades are those of the work that is graded by it.
    """
    acted, said = set(_acted(unit)), set(_said(unit))
    there = (each for each in entries if each.by_us and not (each.how == TEXT and each.kind == "grade"))
    return [each for each in there if each.cited not in (said if each.how == TEXT else acted)]


def _acted(unit: Unit) -> Iterator[str]:
    """The rules behind notices that were sent, the deadlines that they are about, answers, and work."""
    session, framework = unit.session, unit.framework
    sent = Notice.state == NoticeState.sent
    yield from session.exec(select(Notice.rule).where(sent).distinct())
    listed = (
        select(ListLine.rule, Deadline.rule)
        .join(Notice, col(Notice.id) == col(ListLine.list_id))
        .join(Deadline, col(Deadline.id) == col(ListLine.deadline_id))
    )
    yield from (rule for rules in session.exec(listed.where(sent).distinct()) for rule in rules)
    rules_said = select(Deadline.rule).join(Notice, col(Notice.deadline_id) == col(Deadline.id)).where(sent)
    yield from session.exec(rules_said.distinct())
    answered = {*session.exec(select(Answer.question).distinct()), *_on_sheets(unit)}
    yield from (framework.questions[each].rule or "" for each in answered if each in framework.questions)
    yield from (framework.forms[each].rule or "" for each in framework.forms_of(answered))
    yield from session.exec(select(Event.rule).where(col(Event.what).in_(EVENTS)).distinct())
    for name, role in session.exec(select(Audit.activity, Audit.role).distinct()):
        yield from (quota.rule for quota in framework.activities[name].do if role in quota.doing)


def _on_sheets(unit: Unit) -> Iterator[str]:
    """The questions of surveys that somebody has answered: what they said stands on sealed sheets, in no other row."""
    for row in unit.session.exec(select(SurveySheet)):
        yield from Sheet.opened(row, unit.tools.sealer).answers


def _said(unit: Unit) -> Iterator[str]:
    """The rules that messages which were sent say something of."""
    for name in unit.session.exec(select(Notice.message).where(Notice.state == NoticeState.sent).distinct()):
        yield from unit.tools.catalogue.get(name).rules
