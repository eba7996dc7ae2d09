"""Of what the same person was asked more than once: which message is the newest, so that it alone asks.

Messages of different names ask for the same thing: a first reminder, "no answer yet", the list of what is past its
date. They are about one deadline, and each has the button by which that is done.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import bindparam, func, union_all
from sqlalchemy import select as select_rows

from qabot.messaging.card import Paragraph, Row, Run
from qabot.messaging.offers import asks_for_something
from qabot.messaging.source import MessageFile
from qabot.models import ListLine, Notice, NoticeState
from qabot.models.columns import run, table
from qabot.models.rows import NoticeRow
from qabot.workflows.cards.asking import buttons_of
from qabot.workflows.cards.lists import SINCE
from qabot.workflows.core.subjects import Subject
from qabot.workflows.core.unit import Unit

Subjects = Mapping[int | None, Subject]

_notice, _line = table(Notice).c, table(ListLine).c
_WHOLE = func.coalesce(_notice.carrier_id, _notice.id)
"""The message in which it reached its person: the digest, if one carried it."""
_REACHED = (_notice.state == NoticeState.sent, _notice.taken_back_at.is_(None))
_SAID = union_all(
    select_rows(_notice.deadline_id, _notice.recipient_id, _notice.message, func.max(_WHOLE))
    .where(_notice.deadline_id.in_(bindparam("deadlines", expanding=True)), *_REACHED)
    .group_by(_notice.deadline_id, _notice.recipient_id, _notice.message),
    select_rows(_line.deadline_id, _notice.recipient_id, _notice.message, func.max(_WHOLE))
    .join_from(table(ListLine), table(Notice), _notice.id == _line.list_id)
    .where(_line.deadline_id.in_(bindparam("listed", expanding=True)), *_REACHED)
    .group_by(_line.deadline_id, _notice.recipient_id, _notice.message),
)
_TOKENS = select_rows(_notice.id, _notice.token).where(_notice.id.in_(bindparam("ids", expanding=True)))


SAID_AGAIN = "We have said this again since then. What is still open of it is in "
NEWEST = "your newest message about it"


@dataclass(frozen=True, slots=True)
class SaidAgain:
    """The newest message of each name, by deadline and person; and the tokens of those messages, by their ids."""

    newest: Mapping[tuple[int | None, int], Mapping[str, int]] = field(default_factory=dict)
    tokens: Mapping[int, str] = field(default_factory=dict)

    def later(self, part: tuple[NoticeRow, Subject], whole: NoticeRow, files: Mapping[str, MessageFile]) -> int:
        """The id of the newest later message in which the same person is asked for the same; 0 if there is none.

        `whole` is the message in which this stands. A message of the same name asks for the same. So does another one
        that has the button by which it is done; but what only tells is not said again by what asks. Of a list that
        only tells each stays as it is: it is that of its week.
        """
        notice, subject = part
        said = self.newest.get((notice.deadline_id, notice.recipient_id))
        if said is None or not _can_be_said_again(part):
            return 0
        own, does, asks = whole.carrier_id or whole.id, buttons_of(subject)[0], _asks(files, notice.message)
        same = notice.message if asks or not _is_line(notice) else ""
        later = [
            number for message, number in said.items() if message == same or (asks and does in _offered(files, message))
        ]
        newest = max(later, default=0)
        return newest if newest > own else 0


def said_again(
    unit: Unit, notices: Iterable[NoticeRow], lines: Mapping[int, Sequence[NoticeRow]], subjects: Subjects
) -> SaidAgain:
    """Asked for what was sent and still waits: what is about to be sent is the newest."""
    files = unit.tools.catalogue.files
    sent = [each for each in notices if each.sent_at is not None]
    listed = [line for each in sent if _asks(files, each.message) for line in lines.get(each.id, ())]
    waiting = {
        each.deadline_id
        for each in (*sent, *listed)
        if each.deadline_id is not None and _can_be_said_again((each, subjects[each.id]))
    }
    if not waiting:
        return SaidAgain()
    newest: dict[tuple[int | None, int], dict[str, int]] = defaultdict(dict)
    numbers = list(waiting)
    for deadline, person, message, number in run(unit.session, _SAID, {"deadlines": numbers, "listed": numbers}):
        said = newest[deadline, person]
        said[message] = max(number, said.get(message, 0))
    ids = {number for said in newest.values() for number in said.values()}
    return SaidAgain(newest, dict(run(unit.session, _TOKENS, {"ids": list(ids)})) if ids else {})


def said_in(url: str) -> Paragraph:
    """What is left of something that the same person was asked again, with the way to where it is asked."""
    return Paragraph((Run(SAID_AGAIN), Run(NEWEST, href=url), Run(".")))


def with_said_again(row: Row, url: str) -> Row:
    """The same of a line in a list of which other lines are said here alone."""
    said = (Run("said again since then", italic=True, href=url),)
    cells = (*row.cells, (SINCE, said)) if row.cells else ()
    return Row((*row.text, Run(": ", italic=True), *said), (), cells)


def _can_be_said_again(part: tuple[NoticeRow, Subject]) -> bool:
    """An alert is brought again by itself, and help is asked for each time anew."""
    notice, subject = part
    return notice.lane != "alert" and notice.taken_back_at is None and subject.waits and subject.help is None


def _is_line(notice: NoticeRow) -> bool:
    return notice.id < 0


def _asks(files: Mapping[str, MessageFile], message: str) -> bool:
    return asks_for_something(_offered(files, message))


def _offered(files: Mapping[str, MessageFile], message: str) -> Sequence[str]:
    """What a message offers to press; nothing if there is no such message any more."""
    file = files.get(message)
    return (*file.buttons, *file.row_buttons) if file is not None else ()
