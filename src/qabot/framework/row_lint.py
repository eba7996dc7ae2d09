"""What can be wrong with duties that open on the rows of a question: columns, and what no row can be asked."""

from collections.abc import Iterator

from qabot.framework.duties import Duty
from qabot.framework.loader import did_you_mean
from qabot.framework.schema import Framework
from qabot.framework.source import KeyPath
from qabot.framework.vocabulary import OF_WORK_ANCHORS, PEOPLE, ROW, asked, columns, questions_behind
from qabot.messaging.values import join_and

Found = tuple[KeyPath, str]
DATES = OF_WORK_ANCHORS | {"opened", "drawn", "new-date", "today", "cycle-start", "last"}
"""Names of dates that a column of dates cannot have as well. `due` may be one: it is when its row is due."""


def no_rows(framework: Framework, question: str) -> str:
    """Why nothing leaves the moment `question.row`; empty if something does, or if there is no such question."""
    rows = [name for name, each in framework.questions.items() if each.rows]
    if question not in framework.questions:
        return f"there is no question {question!r} under 'questions'{did_you_mean(question, rows)}"
    if question not in rows:
        kind = framework.questions[question].kind
        return f"{question!r} is answered by a {kind}, so it has no rows{did_you_mean(question, rows)}"
    return "" if question in asked(framework) else f"nothing asks {question!r}, so no row of it is ever given"


def known_columns(framework: Framework, kind: str, holding: str) -> frozenset[str]:
    """The columns of the rows that a duty is about; where its moment is a wrong one, those of every question.

    What is wrong with the moment is told; that its columns are unknown then would only be told besides.
    """
    if any(framework.questions[each].rows for each in questions_behind(framework, kind)):
        return columns(framework, kind, holding)
    thing, _, name = next(iter(framework.duties[kind].when), "").partition(".")
    meant = name == ROW or (thing in framework.questions and bool(framework.questions[thing].rows))
    rows = [each.rows for each in framework.questions.values()] if meant else []
    return frozenset(column for each in rows for column, what in each.items() if what == holding)


def check(framework: Framework) -> Iterator[Found]:
    """Every problem of the duties about rows, and of the columns that they use: its key path and what is wrong."""
    used: set[str] = set()
    for name, duty in framework.duties.items():
        behind = questions_behind(framework, name)
        yield from _ends(framework, duty, ("duties", name, "ends-with"), of_row=bool(behind))
        if behind:
            used |= behind
            at: KeyPath = ("duties", name)
            yield from _mixed(framework, name, duty, at)
            yield from _owed(framework, name, duty, at)
            yield from _no_work(duty, at)
    for question in sorted(used):
        yield from _columns(framework, question)


def _ends(framework: Framework, duty: Duty, at: KeyPath, *, of_row: bool) -> Iterator[Found]:
    """What is about a row ends with a moment of that row alone, and nothing else does."""
    for index, moment in enumerate(duty.ends_with):
        thing, _, happened = moment.partition(".")
        if (happened == ROW or bool(questions_behind(framework, thing))) != of_row and thing in framework.duties:
            what = "the whole work, and this about a row of it" if of_row else "a row, and this about the whole work"
            yield (*at, index), f"{moment!r} is about {what}, so it would never end with it"


def _mixed(framework: Framework, name: str, duty: Duty, at: KeyPath) -> Iterator[Found]:
    """A duty is about rows, or about something else."""
    for moment in duty.when:
        thing, _, happened = moment.partition(".")
        if happened != ROW and not questions_behind(framework, thing, frozenset({name})):
            yield (*at, "when"), f"{moment!r} is not about a row, and another moment is; make two duties of them"
            return


def _owed(framework: Framework, name: str, duty: Duty, at: KeyPath) -> Iterator[Found]:
    """Who owes a row is one person whom it names, and others with them by their role."""
    named = columns(framework, name, "person")
    for index, each in enumerate(duty.owes[1:], start=1):
        if each in named:
            yield (
                (*at, "owes", index),
                f"{each!r} is the person whom a row names, so it is theirs first: expected it at the beginning of "
                "'owes' and no other one there, or 'owes-each'",
            )


def _no_work(duty: Duty, at: KeyPath) -> Iterator[Found]:
    """A row is no piece of work."""
    if duty.is_alert:
        yield (*at, "ask"), "an alert is about a whole piece of work, and this is about a row; ask another question"
    if duty.looks_again:
        yield (*at, "ask"), "a row has no grade, so nobody can judge it a second time; ask another question"


def _columns(framework: Framework, question: str) -> Iterator[Found]:
    """Columns by whose name something else is known."""
    for name, kind in framework.questions[question].rows.items():
        at: KeyPath = ("questions", question, "rows", name)
        if kind == "person" and name in framework.roles:
            yield at, f"{name!r} is a role as well; call the column something else"
        elif kind == "person" and name in PEOPLE - {"owner"}:
            yield at, f"{name!r} already means somebody else; call the column something else"
        elif kind == "date" and name in DATES:
            yield at, f"{name!r} is another date already; call the column something else"


def no_date(framework: Framework, kind: str, name: str) -> str:
    """What a column of the rows that a duty is about holds, where a date was expected; empty of what is no column."""
    for question in sorted(questions_behind(framework, kind)):
        holds = framework.questions[question].rows.get(name)
        if holds not in (None, "date"):
            dates = sorted(columns(framework, kind, "date"))
            expected = f"expected {join_and(dates)}" if dates else "no column holds a date"
            return f"{name!r} holds a {holds} in each row of {question!r}, and this needs a date: {expected}"
    return ""
