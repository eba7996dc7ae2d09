"""Questions, long forms and the promises of surveys in words."""

from collections.abc import Iterator, Sequence

from qabot.framework.describe_words import Naming, spoken
from qabot.framework.duties import Duty, Question
from qabot.framework.long_forms import FORMS, LongForm, collapsed
from qabot.framework.offsets import Offset
from qabot.framework.schema import Framework
from qabot.framework.sections import Item, Section, listed
from qabot.framework.vocabulary import asked

KEPT = {
    "confidential": "who has answered is known, what they said is not",
    "anonymous": "neither who has answered nor what they said is known",
}
"""What each promise means."""
DECIDES = {
    "who-may-read": ". It decides who else may read a record of good practice",
    "may-be-shared": ". It decides whether others may read a record of good practice as widely as was agreed",
}
"""What some answers decide besides."""


def sections(framework: Framework, naming: Naming) -> Iterator[Section]:
    """The questions that stand by themselves, and the forms if there are any."""
    of_forms = {each for name, form in framework.forms.items() for each in form.questions(name)}
    known = {name: each for name, each in framework.questions.items() if name in asked(framework)}
    items = [
        Item(f"{naming.thing(each.label, name)}: {answers(framework, each)}{DECIDES.get(each.decides or '', '')}")
        for name, each in known.items()
        if name not in of_forms
    ]
    yield Section("Questions", "What activities and duties ask.", tuple(items))
    if framework.forms:
        forms = tuple(_form(framework, name, each, naming) for name, each in framework.forms.items())
        yield Section("Forms", "Questions that belong together, each form in a file of its own.", forms)


def _form(framework: Framework, name: str, form: LongForm, naming: Naming) -> Item:
    rule = framework.rules.get(form.rule)
    parts = [
        f"{each.title or 'questions'} ({len(each.ask)}, {answers(framework, each.question('', form.rule))})"
        for each in form.sections
    ]
    text = f"{naming.thing(form.title, FORMS + name)}, about {form.minutes} minutes: {listed(parts)}."
    words = tuple(each for part in form.sections for each in part.ask)
    return Item(text, form.rule, words, rule is not None and rule.confirm)


def answers(framework: Framework, question: Question) -> str:
    """What can answer a question, and what cannot."""
    match question.kind:
        case "choice":
            return f"one of {listed(list(question.choice.values()))}"
        case "scale":
            scale = framework.scales[question.scale or ""]
            return f"one of {listed([scale.label(each) for each in scale.labels])}"
        case "rows":
            columns = [each.replace("-", " ") for each in question.rows]
            return f"up to {question.most} times {listed(columns)}{_nobody(question)}"
        case "date":
            day = "a working day" if question.days == "working" else "a day"
            return f"{day}{_between(framework, question)}"
        case "person":
            return f"a colleague{_nobody(question)}{_there(framework, question)}"
        case "number":
            return f"a number{_within(question)}"
    return {"tick": "yes or no"}.get(question.kind, "words, which are checked for what may identify a child")


def _between(framework: Framework, question: Question) -> str:
    """Which days it takes."""
    first, last = question.earliest, question.latest
    ends = [
        f"not before {_day_of(first, framework)}" if first is not None else "",
        f"not after {_day_of(last, framework)}" if last is not None else "",
    ]
    said = " and ".join(filter(None, ends))
    return f", {said}" if said else ""


def _day_of(offset: Offset, framework: Framework) -> str:
    said = spoken(offset, framework)
    return f"the day {said}" if said.startswith("when ") else said.removeprefix("on ")


def _nobody(question: Question) -> str:
    return f", not the {' or the '.join(question.never)}" if question.never else ""


def _there(framework: Framework, question: Question) -> str:
    named = framework.questions.get(question.present_on or "")
    return f", who is not away on the day under “{named.label}”" if named is not None else ""


def _within(question: Question) -> str:
    least, greatest = question.least, question.greatest
    if least is not None and greatest is not None:
        return f" from {least:g} to {greatest:g}"
    return (
        f" of at least {least:g}" if least is not None else f" of at most {greatest:g}" if greatest is not None else ""
    )


def asked_by(framework: Framework, ask: Sequence[str]) -> list[str]:
    """What is asked, each question by its words and each form by its title."""
    return [_words(framework, each) for each in collapsed(ask, framework.forms)]


def _words(framework: Framework, name: str) -> str:
    form = framework.forms.get(name.removeprefix(FORMS)) if name.startswith(FORMS) else None
    if form is None and name not in framework.questions:
        return name.replace("-", " ")
    return form.title if form else framework.questions[name].label


def promise(duty: Duty, readers: str) -> str:
    """What a survey promises, and who reads it."""
    return f"It is {duty.promise}: {KEPT[duty.promise or '']}. Counts of five or more may be read by {readers}."
