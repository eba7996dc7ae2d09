"""What can be wrong with what is decided about good practice: by a question's `decides`, never by its name."""

from collections.abc import Iterator
from itertools import groupby

from qabot.framework.questions import Question
from qabot.framework.schema import Framework
from qabot.framework.source import KeyPath
from qabot.framework.vocabulary import NOMINATION, asked, sources
from qabot.messaging.files import Catalogue

Found = tuple[KeyPath, str]
READERS = ("private", "service", "everyone")
"""The answers to who may read a record: nobody else, whoever works in the same service, whoever works here."""


def check(framework: Framework) -> Iterator[Found]:
    """Every problem: its key path and what is wrong."""
    deciding = sorted((each.decides or "", name) for name, each in framework.questions.items() if each.decides)
    for what, same in groupby(deciding, key=lambda each: each[0]):
        first, *others = [name for _, name in same]
        for name in others:
            yield ("questions", name, "decides"), f"{first!r} decides {what} already, and only one question may"
    for name, question in framework.questions.items():
        at: KeyPath = ("questions", name)
        askers = asked(framework).get(name, ())
        if question.decides:
            yield from _answers(question, at)
            yield from _askers(framework, askers, at)
        elif _looks_like_one(question) and askers and all(_about_good_practice(framework, each) for each in askers):
            yield at, "nothing heeds what is answered here: expected 'decides: who-may-read'"
    if any(what == "may-be-shared" for what, _ in deciding) and all(what == "may-be-shared" for what, _ in deciding):
        _, name = deciding[0]
        yield ("questions", name, "decides"), "nobody decides who may read it: expected a question with 'who-may-read'"


def of_messages(framework: Framework, messages: Catalogue) -> Iterator[Found]:
    """What tells of the library's news without a turn between whose days something could be new."""
    telling = {name for name in messages.names() if "examples" in messages.get(name).shows}
    for name, duty in framework.duties.items():
        if duty.send in telling and duty.tell and duty.every is None:
            what = (
                f"{duty.send!r} tells what is new since the last time: expected 'every', such as month, and no 'when'"
            )
            yield ("duties", name), what
    for name, ladder in framework.ladders.items():
        for index, step in enumerate(ladder.steps):
            if step.send in telling:
                what = f"{step.send!r} tells what is new since the last time: only a duty with 'every' and 'tell' can"
                yield ("ladders", name, "steps", index, "send"), what


def _answers(question: Question, at: KeyPath) -> Iterator[Found]:
    keys = set(question.choice)
    if question.decides == "who-may-read":
        wrong = not keys or not keys <= {*READERS} or "private" not in keys or len(keys) < 2
        if wrong or question.optional:
            yield at, "who may read it is a choice of private, service and everyone, of which private is one"
    elif keys != {"yes", "no"} or question.optional:
        yield at, 'whether it may be shared is a choice of "yes" and "no", in quotes'


def _askers(framework: Framework, askers: tuple[str, ...], at: KeyPath) -> Iterator[Found]:
    for name in askers:
        if not _about_good_practice(framework, name):
            yield at, f"{name!r} asks this and is not about a nomination, so it would decide nothing"


def _looks_like_one(question: Question) -> bool:
    return "private" in question.choice and set(question.choice) <= {*READERS}


def _about_good_practice(framework: Framework, name: str, seen: frozenset[str] = frozenset()) -> bool:
    """Whether a duty is about a nomination, on all of its moments, directly or by a chain."""
    duty = framework.duties.get(name)
    if duty is None or name in seen or not duty.when:
        return False
    things = [thing for moment in duty.when for thing in sources(framework, moment)]
    return all(each == NOMINATION or _about_good_practice(framework, each, seen | {name}) for each in things)
