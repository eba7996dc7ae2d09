"""What a message tells is held against whom it is sent to: no grade reaches the practitioner (sentence 25)."""

from collections.abc import Collection, Iterator

from qabot.framework.duties import Terms
from qabot.framework.schema import Framework
from qabot.framework.secret_lint import hidden_from
from qabot.framework.source import KeyPath
from qabot.framework.steps import Step
from qabot.framework.vocabulary import columns, council_duty, grading_scales, is_grade, questions_behind
from qabot.messaging.files import Catalogue
from qabot.messaging.values import join_and

Found = tuple[KeyPath, str]
PRACTITIONER = "practitioner"
OWNERS = frozenset({"owner", "owes"})
"""Words of `to` that may mean the practitioner where they owe it."""


def check(framework: Framework, messages: Catalogue) -> Iterator[Found]:
    """Every message that the practitioner may get and that is not for them: its key path and what is wrong."""
    scales = [framework.scales[each] for each in grading_scales(framework)]
    grades = {label for scale in scales for label in scale.labels.values()}
    for path, message in _sent(framework):
        if message in messages.names() and (what := _fault(messages, message, grades)):
            yield path, what
    yield from _answers_on_cards(framework)


def _answers_on_cards(framework: Framework) -> Iterator[Found]:
    """A duty's cards say what was answered; whoever's work it is reads them too if a step may reach them."""
    for name, duty in framework.duties.items():
        if not duty.everybody or set(duty.everybody) == {PRACTITIONER} or duty.ladder not in framework.every_ladder:
            continue
        grades = [each for each in duty.ask if f"{{{each}}}" in duty.done and is_grade(framework, each)]
        if grades and any(_by_ladder(framework, name, duty.terms)):
            yield (
                ("duties", name, "done"),
                f"{join_and(grades)} is a grade, and the practitioner may get these cards; take it out, or take them "
                "out of those who get it",
            )


def _fault(messages: Catalogue, name: str, grades: Collection[str]) -> str:
    file, given_away = messages.get(name), messages.gives_away(name, grades)
    if given_away:
        return (
            f"{name!r} may go to the practitioner here, and it tells {given_away} ({file.path}); send another message, "
            "or take them out of those who get it: no grade reaches the practitioner"
        )
    if file.audience and not file.for_practitioners:
        return (
            f"{name!r} may go to the practitioner here, and it is written for {join_and(file.audience)} ({file.path}); "
            f"send another message, or add {PRACTITIONER!r} to its 'audience' if its words are for them"
        )
    return ""


def _sent(framework: Framework) -> Iterator[tuple[KeyPath, str]]:
    """What the practitioner may get by this file: where it says so, and the message's name."""
    for name, duty in framework.duties.items():
        at: KeyPath = ("duties", name)
        if {PRACTITIONER, *may_be_theirs(framework, name)} & set(duty.tell) and duty.rule not in framework.without:
            yield (*at, "tell"), duty.send
        if duty.put_off is not None and {PRACTITIONER, *may_be_theirs(framework, name)} & set(duty.put_off.tell):
            yield (*at, "put-off", "tell"), duty.put_off.send
    for kind in framework.kinds():
        for terms in framework.terms(kind):
            if terms.ladder in framework.every_ladder:
                yield from _by_ladder(framework, kind, terms)


def _by_ladder(framework: Framework, kind: str, terms: Terms) -> Iterator[tuple[KeyPath, str]]:
    theirs = PRACTITIONER in terms.owes or bool(set(terms.owes) & may_be_theirs(framework, kind))
    for index, step in enumerate(framework.every_ladder[terms.ladder].steps):
        reached = PRACTITIONER in step.to or (theirs and bool(OWNERS & set(step.to)))
        if reached and step.citing(terms.rule).rule not in framework.without:
            yield _place(framework, kind, terms.ladder, index, step), step.send


def may_be_theirs(framework: Framework, kind: str) -> frozenset[str]:
    """The columns of the rows that a duty is about in which the practitioner may be named."""
    kind = council_duty(framework, kind)
    never: set[str] = set()
    for question in questions_behind(framework, kind):
        if PRACTITIONER in framework.questions[question].never:
            return frozenset()
        never |= hidden_from(framework, question)
    return columns(framework, kind, "person") - never


def _place(framework: Framework, kind: str, ladder: str, index: int, step: Step) -> KeyPath:
    """Where a step says it: `to`, unless the file at hand has changed only what another file's step sends."""
    if ladder not in framework.ladders:
        return ("duties", kind, "owes")
    at: KeyPath = ("ladders", ladder, "steps", index)
    own = framework.place(()).file
    says_send = framework.place((*at, "send")).file == own != framework.place((*at, "to")).file
    return (*at, "send" if says_send else "to")
