"""One thing at a time about one piece of work: whoever does something to it waits until what is being done is kept.

What follows from an answer is decided by what else is open about the same work: it is final with the last that holds
it, an alert is seen once the last of its duties is acknowledged. Two that are done in the same moment, each in a
transaction of its own, would each see the other's as open still, and nothing would follow. So whoever does something
holds the row of the work itself, of the gathering, the cycle and so on, until it is kept. On SQLite there is one writer
anyway.
"""

from collections.abc import Mapping
from typing import cast

from sqlalchemy import Select, String, bindparam, case, func, literal, union_all
from sqlalchemy import select as select_rows
from sqlmodel import Session, SQLModel

from qabot.framework.vocabulary import NOMINATION, OCCASION, ROW
from qabot.models import (
    AnswerRow,
    Audit,
    Cycle,
    Deadline,
    HelpRequest,
    ListLine,
    Moderation,
    Nomination,
    Notice,
    Occasion,
    Person,
    SurveyRound,
)
from qabot.models.columns import run, table
from qabot.workflows.core.open_about import forget_all

Subject = tuple[str, int]
HELD = "held-subjects"
"""Under this name a session remembers what it holds."""
MODERATION = "moderation"
MODELS: Mapping[str, type[SQLModel]] = {
    "audit": Audit,
    "cycle": Cycle,
    NOMINATION: Nomination,
    OCCASION: Occasion,
    "person": Person,
    "survey": SurveyRound,
}
_notice, _deadline, _line = table(Notice).c, table(Deadline).c, table(ListLine).c
_help, _audit, _occasion = table(HelpRequest).c, table(Audit).c, table(Occasion).c
_look, _row = table(Moderation).c, table(AnswerRow).c
_token = bindparam("token", type_=String)
_named = union_all(
    select_rows(_notice.subject_type.label("kind"), _notice.subject_id.label("number")).where(_notice.token == _token),
    select_rows(_deadline.subject_type, _deadline.subject_id).where(_deadline.token == _token),
    select_rows(_deadline.subject_type, _deadline.subject_id)
    .join(table(ListLine), _line.deadline_id == _deadline.id)
    .where(_line.token == _token),
    select_rows(_deadline.subject_type, _deadline.subject_id)
    .join(table(HelpRequest), _help.deadline_id == _deadline.id)
    .where(_help.token == _token),
    select_rows(literal("audit"), _audit.id).where(_audit.reference == _token),
    select_rows(literal(OCCASION), _occasion.id).where(_occasion.token == _token),
).subquery()
OF_TOKEN = (
    select_rows(
        case((_look.id.is_not(None), literal("audit")), (_row.id.is_not(None), _row.subject_type), else_=_named.c.kind),
        func.coalesce(_look.audit_id, _row.subject_id, _named.c.number),
    )
    .select_from(_named)
    .outerjoin(table(Moderation), (_named.c.kind == MODERATION) & (_look.id == _named.c.number))
    .outerjoin(table(AnswerRow), (_named.c.kind == ROW) & (_row.id == _named.c.number))
)
"""What a button's token is about in the end: of a second look the work, of a row what it was answered about."""
OF_LOOK = select_rows(literal("audit"), _look.audit_id).where(_look.id == bindparam("number"))
OF_ROW = select_rows(_row.subject_type, _row.subject_id).where(_row.id == bindparam("number"))


def _held_by(model: type[SQLModel]) -> Select[tuple[int]]:
    """Others may still add what refers to it, as the log of something else does."""
    of = table(model).c
    return select_rows(of.id).where(of.id == bindparam("number")).with_for_update(key_share=True)


HOLDING = {kind: _held_by(model) for kind, model in MODELS.items()}


def take_named(session: Session, token: str) -> None:
    """Wait until nobody else does something about what a token names; it names nothing, or one thing."""
    if token and _matters(session):
        for kind, number in run(session, OF_TOKEN, {"token": token})[:1]:
            _hold(session, kind, number)


def take(session: Session, subject: Subject) -> None:
    """The same of a subject. What the session has read before is read again, as it may have changed meanwhile."""
    if not _matters(session):
        return
    kind, number = subject
    about = {MODERATION: OF_LOOK, ROW: OF_ROW}.get(kind)
    for root in run(session, about, {"number": number})[:1] if about is not None else [subject]:
        _hold(session, *root)


def _matters(session: Session) -> bool:
    return bool(session.get_bind().dialect.name == "postgresql")


def _hold(session: Session, kind: str, number: int) -> None:
    held = _held(session)
    if kind not in HOLDING or (kind, number) in held:
        return
    session.flush()
    run(session, HOLDING[kind], {"number": number})
    held.add((kind, number))
    session.expire_all()
    forget_all(session)


def _held(session: Session) -> set[Subject]:
    """What this transaction holds. A savepoint that is undone lets go of what was taken in it, so each begins anew."""
    at = session.get_nested_transaction() or session.get_transaction()
    if at is None or session.info.get(HELD, (None,))[0] is not at:
        session.info[HELD] = (at, set())
    return cast(set[Subject], session.info[HELD][1])
