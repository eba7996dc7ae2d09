"""What can be wrong with surveys: a promise that the rest of the file would break."""

from collections.abc import Iterator

from qabot.framework.duties import NONE, VERBS, Duty
from qabot.framework.schema import Framework
from qabot.framework.source import KeyPath
from qabot.framework.unknown import no_role

Found = tuple[KeyPath, str]
KINDS = ("scale", "choice", "tick", "number", "text")
"""What a survey can ask. Names of colleagues and lists of actions are no opinions."""
ASKED = ("practitioner", "auditor")
"""Who can be asked besides the holders of a role."""
TOLD = ("owes", "owner")
"""Whom a survey's ladder can tell."""
FOLLOWS = ("put_off", "let_off", "judged_by", "makes", "holds", "ends_with")
"""What would have others look at a survey, or wait for it."""


def check(framework: Framework) -> Iterator[Found]:
    """Every problem of every survey, and of what would give one away: its key path and what is wrong."""
    for name, duty in framework.duties.items():
        at: KeyPath = ("duties", name)
        if duty.reads and not duty.is_survey:
            yield (*at, "reads"), "only a survey has readers: expected a 'promise' too, confidential or anonymous"
        if duty.is_survey:
            yield from _people(framework, duty, at)
            yield from _asked(framework, duty, at)
            yield from _follows(duty, at)
            yield from _ladder(framework, duty, at)
        yield from _opened(framework, duty, at)
    yield from _forms(framework)


def _people(framework: Framework, duty: Duty, at: KeyPath) -> Iterator[Found]:
    if not duty.reads:
        yield at, "nobody may read what is answered: expected 'reads', such as [quality-assurance]"
    for index, role in enumerate(duty.reads):
        if role not in framework.roles:
            yield (*at, "reads", index), no_role(framework, role)
    if not duty.owes_each:
        yield at, "everybody answers a survey for themselves: expected 'owes-each' and no 'owes' or 'tell'"
    for index, who in enumerate(duty.owes_each):
        if who not in framework.roles and who not in ASKED:
            yield (*at, "owes-each", index), f"a survey asks the holders of a role, or {' or '.join(ASKED)}"
    if duty.due in (None, NONE):
        yield (*at, "due"), "a survey closes on a day: expected one such as 'opened + 10 working days'"
    if duty.promise == "anonymous" and (duty.every is None or set(duty.owes_each) & set(ASKED)):
        what = "what one person is asked about one piece of work cannot be anonymous"
        yield (*at, "promise"), f"{what}: expected 'confidential', or 'every' and the holders of a role"


def _asked(framework: Framework, duty: Duty, at: KeyPath) -> Iterator[Found]:
    if not duty.ask:
        yield at, "a survey asks something: expected 'ask', with questions or a form"
    for index, name in enumerate(duty.ask):
        question = framework.questions.get(name)
        if name in VERBS:
            yield (*at, "ask", index), f"{name!r} does something, and a survey only asks; take it out"
        elif question is not None and question.kind not in KINDS:
            what = f"{name!r} is answered by a {question.kind}, and a survey takes {', '.join(KINDS)}"
            yield (*at, "ask", index), what
    for key in ("done", "thanks"):
        if "{" in getattr(duty, key):
            yield (*at, key), "this would show an answer that was promised to nobody; take the braces out"


def _follows(duty: Duty, at: KeyPath) -> Iterator[Found]:
    for key in FOLLOWS:
        if getattr(duty, key):
            yield (*at, key.replace("_", "-")), "a survey is voluntary and nobody waits for it; take this out"


def _ladder(framework: Framework, duty: Duty, at: KeyPath) -> Iterator[Found]:
    ladder = framework.ladders.get(duty.told_by)
    for number, step in enumerate(ladder.steps if ladder else ()):
        if set(step.to) - set(TOLD):
            path: KeyPath = ("ladders", duty.told_by, "steps", number, "to")
            yield path, f"who has not answered {at[-1]!r} is nobody else's business: expected to: [owes]"


def _opened(framework: Framework, duty: Duty, at: KeyPath) -> Iterator[Found]:
    """What would open because somebody answered a survey, or because of what they said."""
    surveys = framework.surveys()
    for index, moment in enumerate(duty.when):
        if moment.partition(".")[0] in surveys:
            yield (*at, "when", index), "nothing can follow from a survey: others would see who has answered"
    of_surveys = {each for survey in surveys.values() for each in survey.ask}
    elsewhere = {each for name, other in framework.duties.items() if name not in surveys for each in other.ask}
    elsewhere |= {each for activity in framework.activities.values() for each in activity.ask}
    for index, condition in enumerate(duty.if_):
        for question in condition.answer:
            if question in of_surveys - elsewhere:
                here: KeyPath = (*at, "if", index) if len(duty.if_) > 1 else (*at, "if")
                what = f"only a survey asks {question!r}, so nobody may act on what one person says"
                yield (*here, "answer", question), what


def _forms(framework: Framework) -> Iterator[Found]:
    """Forms that nothing asks. One that a file which this one extends asked is no fault."""
    asking = [each.ask for each in framework.duties.values()] + [each.ask for each in framework.activities.values()]
    own = framework.place(()).file
    for name in framework.forms:
        if not any(name in framework.forms_of(each) for each in asking) and framework.place(("forms",)).file == own:
            yield ("forms", name), f"nothing asks this; ask 'forms/{name}', or take it out"
