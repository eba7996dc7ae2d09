"""Which rules acted in a period that was played: told somebody something, asked something, or gave out work."""

from collections.abc import Iterator, Sequence

from sqlmodel import Session, col, select

from qabot.framework import Framework
from qabot.framework.coverage import TEXT, Entry
from qabot.messaging.files import Catalogue
from qabot.models import Answer, Audit, Deadline, Event, Notice, NoticeState

EVENTS = ("cycle-allocated", "case-drawn", "work-rests", "nominated", "cases-picked")
"""What the log says that a rule did where it is no notice: cases were drawn, somebody rests."""


def idle(session: Session, framework: Framework, messages: Catalogue, entries: Sequence[Entry]) -> list[Entry]:
    """Of the rules that are said to be carried out those that did nothing: nobody was told, asked or given anything.

    A scale is no rule that acts: its grades are those of the work that is graded by it.
    """
    acted, said = set(_acted(session, framework)), set(_said(session, messages))
    there = (each for each in entries if each.by_us and not (each.how == TEXT and each.kind == "grade"))
    return [each for each in there if each.cited not in (said if each.how == TEXT else acted)]


def _acted(session: Session, framework: Framework) -> Iterator[str]:
    """The rules behind notices that were sent, the deadlines that they are about, answers, and work."""
    sent = Notice.state == NoticeState.sent
    yield from session.exec(select(Notice.rule).where(sent).distinct())
    told = select(Deadline.rule).join(Notice, col(Notice.deadline_id) == col(Deadline.id)).where(sent)
    yield from session.exec(told.distinct())
    for name in session.exec(select(Answer.question).distinct()):
        question = framework.questions.get(name)
        yield from [question.rule] if question is not None and question.rule else []
    yield from session.exec(select(Event.rule).where(col(Event.what).in_(EVENTS)).distinct())
    for name, role in session.exec(select(Audit.activity, Audit.role).distinct()):
        yield from (quota.rule for quota in framework.activities[name].do if role in quota.doing)


def _said(session: Session, messages: Catalogue) -> Iterator[str]:
    """The rules that messages which were sent say something of."""
    for name in session.exec(select(Notice.message).where(Notice.state == NoticeState.sent).distinct()):
        yield from messages.get(name).rules
