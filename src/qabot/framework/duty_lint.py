"""What can be wrong with duties: moments that nothing leaves, duties that nobody owes, circles, windows."""

import re
from collections.abc import Collection, Iterator, Set

from qabot.framework import condition_lint, date_lint, ladders, new_work_lint, secret_lint
from qabot.framework.duties import (
    ACKNOWLEDGED,
    GOES_TO,
    NONE,
    SECOND_GRADE,
    TOLD_IN_PERSON,
    USUAL,
    VERBS,
    Condition,
    Duty,
)
from qabot.framework.loader import did_you_mean
from qabot.framework.long_forms import FORMS
from qabot.framework.row_lint import check as check_rows
from qabot.framework.row_lint import known_columns, no_rows
from qabot.framework.schema import AUDIT, MODERATION, Framework
from qabot.framework.source import KeyPath
from qabot.framework.unknown import no_role
from qabot.framework.vocabulary import (
    PEOPLE,
    ROW,
    activities_behind,
    anchors,
    asked,
    following,
    is_made,
    is_of_cycle,
    moments,
    never_of_duty,
    of_cycle,
    questions_behind,
    sources,
    things,
)

Found = tuple[KeyPath, str]
RESERVED = frozenset({"audit", "moderation", "nomination"})
"""Names that already mean something that is no duty."""
TO_YOU = re.compile(r"(?<![\w-])yours?(elf)?\b|(?<![\w-])you\b", re.IGNORECASE)


def check(framework: Framework, messages: Collection[str] | None) -> Iterator[Found]:
    """Every problem of every duty and question: its key path and what is wrong."""
    yield from _questions(framework)
    for name, duty in framework.duties.items():
        at: KeyPath = ("duties", name)
        if is_made(framework, name):
            continue
        if name in RESERVED or name in framework.activities or name in framework.samples:
            yield at, f"{name!r} already means something else; call the duty something else"
        yield from _moments(framework, duty, at)
        yield from _people(framework, duty, at)
        yield from _conditions(framework, name, duty, at)
        yield from _asked(framework, duty, at)
        if duty.everybody:
            yield from date_lint.check(framework, name, duty, at)
        if duty.ladder not in framework.every_ladder:
            guess = did_you_mean(duty.ladder, list(framework.every_ladder))
            yield (*at, "ladder"), f"there is no ladder {duty.ladder!r} under 'ladders'{guess}"
        if messages is not None and duty.tell and duty.send not in messages:
            yield (*at, "send"), f"there is no message {duty.send!r}{did_you_mean(duty.send, sorted(messages))}"
        yield from _alert(framework, duty, at)
        yield from new_work_lint.check(framework, name, duty)
    yield from check_rows(framework)
    yield from _circles(framework)
    yield from _holding(framework)
    yield from secret_lint.check(framework)


def _questions(framework: Framework) -> Iterator[Found]:
    own, askers = framework.place(()).file, asked(framework)
    for name, question in framework.questions.items():
        at: KeyPath = ("questions", name)
        if name not in askers and framework.place(at).file != own:
            # What a file that this one extends asks, and this one asks no more, is no fault.
            continue
        if name in VERBS:
            yield at, f"{name!r} needs no words here: what its answer does is known"
        if name == GOES_TO:
            yield at, f"{name!r} already means whom new work goes to; call the question something else"
        if question.scale is not None and question.scale not in framework.scales:
            guess = did_you_mean(question.scale, list(framework.scales))
            yield (*at, "scale"), f"there is no scale {question.scale!r} under 'scales'{guess}"
        if question.present_on is not None and question.present_on not in framework.questions:
            guess = did_you_mean(question.present_on, list(framework.questions))
            yield (*at, "present-on"), f"there is no question {question.present_on!r}{guess}"
        elif question.present_on is not None and framework.questions[question.present_on].kind != "date":
            yield (*at, "present-on"), f"{question.present_on!r} asks for no date, so nobody can be present on it"
        yield from _days(framework, name, at)
        if question.least is not None and question.greatest is not None and question.greatest < question.least:
            yield (*at, "greatest"), "this is less than 'least', so no number would do"


def _days(framework: Framework, name: str, at: KeyPath) -> Iterator[Found]:
    """A first or last day that nothing which asks this could count. That nothing asks it is told by itself."""
    kinds = {**dict.fromkeys(framework.activities, AUDIT), **dict.fromkeys(framework.samples, MODERATION)}
    asking = [kinds.get(each, each) for each in asked(framework).get(name, ())]
    known = {"today"}.union(*(anchors(framework, each) for each in asking))
    question = framework.questions[name]
    for key, offset in (("earliest", question.earliest), ("latest", question.latest)):
        unknown = [each for each in offset.anchors if each not in known] if asking and offset is not None else []
        yield from (((*at, key), ladders.unknown_anchor(each, known)) for each in unknown)
    first, last = question.earliest, question.latest
    if first is not None and last is not None and date_lint.is_always_before(framework, last, first):
        yield (*at, "latest"), "this is before 'earliest', so no day would do"


def _moments(framework: Framework, duty: Duty, at: KeyPath) -> Iterator[Found]:
    yield from _known_moments(framework, duty.when, (*at, "when"))
    yield from _known_moments(framework, duty.ends_with, (*at, "ends-with"))
    yield from _ends(duty, at)
    about_cycle = [is_of_cycle(framework, each) for each in duty.when]
    if any(about_cycle) and not all(about_cycle):
        yield (*at, "when"), "'planned' is about a cycle and the others about a piece of work; make two duties of them"


def _ends(duty: Duty, at: KeyPath) -> Iterator[Found]:
    """A duty that would close itself, or as it opens, or that nothing but the chain may close and that asks."""
    for index, moment in enumerate(duty.ends_with):
        here: KeyPath = (*at, "ends-with", index)
        if moment.partition(".")[0] == at[-1]:
            yield here, "a duty cannot end with what it leaves itself; expected a moment of another one"
        elif moment in duty.when:
            yield here, f"this opens on {moment} too, so it would end as it opens"
    if duty.ends_with and not duty.everybody:
        yield (*at, "ends-with"), "nothing is owed here, so there is nothing that could end"
    if duty.ends_with and duty.is_alert:
        yield (*at, "ends-with"), "an alert is open until somebody acknowledges it, and nothing else ends it"
    if duty.ends_with and (duty.looks_again or duty.judged_by):
        yield (*at, "ends-with"), "somebody must judge here, so nothing else can end it"
    if duty.let_off and duty.is_alert:
        yield (*at, "let-off"), "an alert is open until somebody acknowledges it: nobody can be let off"


def _known_moments(framework: Framework, names: tuple[str, ...], at: KeyPath) -> Iterator[Found]:
    known = moments(framework)
    for index, moment in enumerate(names):
        thing, _, name = moment.partition(".")
        leaves = things(framework).get(thing)
        if moment in known:
            continue
        if name == ROW and (what := no_rows(framework, thing)):
            yield (*at, index), what
            continue
        if leaves is None:
            guess = did_you_mean(thing, list(things(framework)))
            what = f"nothing leaves the moment {moment!r}: there is no {thing!r} in this file{guess}"
        elif why := never_of_duty(framework.duties[thing]).get(name) if thing in framework.duties else None:
            what = f"nothing leaves the moment {moment!r}: {why}; expected one of {', '.join(leaves)}"
        else:
            guess = did_you_mean(name, list(leaves)) or f"; expected one of {', '.join(leaves)}"
            what = f"nothing leaves the moment {moment!r}{guess}"
        yield (*at, index), what


def _people(framework: Framework, duty: Duty, at: KeyPath) -> Iterator[Found]:
    given = [key for key, people in (("owes", duty.owes), ("owes-each", duty.owes_each), ("tell", duty.tell)) if people]
    if not given:
        yield at, "nobody owes this: expected 'owes', 'owes-each' or, if nothing is owed, 'tell'"
    elif len(given) > 1:
        yield (*at, given[1]), f"expected one of 'owes', 'owes-each' and 'tell'; {given[0]!r} is there already"
    lists: tuple[tuple[KeyPath, tuple[str, ...]], ...] = (
        (("owes",), duty.owes),
        (("owes-each",), duty.owes_each),
        (("tell",), duty.tell),
        (("judged-by",), duty.judged_by),
        (("put-off", "tell"), duty.put_off.tell if duty.put_off else ()),
        (("put-off", "approve"), duty.put_off.approve if duty.put_off else ()),
        (("let-off", "approve"), duty.let_off.approve if duty.let_off else ()),
    )
    kind = str(at[-1])
    named = sorted(known_columns(framework, kind, "person"))
    others = [*sorted(PEOPLE - {"owner", "owes"}), *named]
    known = {*framework.roles, *others}
    for keys, names in lists:
        for index, name in enumerate(names):
            if name not in known:
                nor = " and no column that holds a person" if questions_behind(framework, kind) else ""
                yield (*at, *keys, index), no_role(framework, name, others, nor)


def _conditions(framework: Framework, name: str, duty: Duty, at: KeyPath) -> Iterator[Found]:
    yield from condition_lint.check(framework, duty.if_, (*at, "if"), activities_behind(framework, name))
    for index, condition in enumerate(duty.if_):
        here: KeyPath = (*at, "if", index) if len(duty.if_) > 1 else (*at, "if")
        for question in condition.answer:
            if set(asked(framework).get(question, ())) == {name}:
                what = f"only this duty asks {question!r}, and not before it opens, so this could never hold"
                yield (*here, "answer", question), what
            elif later := condition_lint.asked_too_late(framework, name, question):
                what = f"{later!r} asks {question!r}, and opens no sooner than this, so this could never hold"
                yield (*here, "answer", question), f"{what}: open this on '{later}.done'"
        if of_cycle(framework, name) and condition != Condition():
            yield here, "a cycle that is only planned has no grade and no answer yet, so this could never hold"


def _asked(framework: Framework, duty: Duty, at: KeyPath) -> Iterator[Found]:
    for index, name in enumerate(duty.ask):
        if name not in framework.questions and name not in VERBS and not name.startswith(FORMS):
            guess = did_you_mean(name, [*framework.questions, *VERBS])
            yield (*at, "ask", index), f"there is no question {name!r} under 'questions'{guess}"
    if ACKNOWLEDGED in duty.ask and len(duty.ask) > 1:
        yield (*at, "ask"), "an alert asks to be acknowledged and nothing else; ask the rest with another duty"
    if duty.looks_again and (bare := _ungraded(framework, str(at[-1]))):
        yield (*at, "ask"), f"work of {bare!r} has no grade, so nobody can give it a second one; ask something else"
    if duty.looks_again and set(duty.ask) - set(VERBS):
        yield (
            (*at, "ask"),
            f"beside {SECOND_GRADE!r} only 'told-in-person' can be asked; ask the rest with another duty",
        )
    if TOLD_IN_PERSON in duty.ask and not duty.looks_again and len(duty.ask) > 1:
        what = f"{TOLD_IN_PERSON!r} is asked alone, or beside {SECOND_GRADE!r}; ask the rest with another duty"
        yield (*at, "ask"), what
    questions = [*duty.ask, *([GOES_TO] if duty.makes else ())]
    for key in ("done", "thanks"):
        for name in _named(getattr(duty, key)):
            if name not in questions:
                yield (*at, key), f"{name!r} is not asked here, so it has no answer{did_you_mean(name, questions)}"
    for name in _named(duty.button):
        if name != "about":
            yield (*at, "button"), f"a button can name {{about}} and nothing else, found {name!r}"


def _ungraded(framework: Framework, name: str) -> str:
    """An activity without a grade about whose work a duty may be; "" if there is none."""
    behind = sorted(activities_behind(framework, name))
    return next((each for each in behind if condition_lint.is_ungraded(framework, each)), "")


def _named(text: str) -> list[str]:
    return [part.partition("}")[0] for part in text.split("{")[1:] if "}" in part]


def _alert(framework: Framework, duty: Duty, at: KeyPath) -> Iterator[Found]:
    if not duty.is_alert:
        return
    if duty.due not in (None, NONE):
        yield (*at, "due"), "an alert is open until somebody acknowledges it: expected 'due: none'"
    if duty.holds:
        yield (*at, "holds"), "an alert has no end that is known before, so it may hold nothing"
    if duty.ladder == USUAL and USUAL not in framework.ladders:
        what = "the usual ladder falls silent, and no alert may; expected one under 'ladders' whose last step repeats"
        yield (*at, "ladder"), what
    if duty.rule in framework.without:
        what = f"{duty.rule} opens the alert, so switching it off would silence every alert"
        yield ("without", framework.without.index(duty.rule)), f"{what}; set the duty to null if this is meant"


def _circles(framework: Framework) -> Iterator[Found]:
    """A chain that comes back to its own duty without new work would never end. Each circle is told once."""
    in_circles: set[str] = set()
    for name in framework.duties:
        chain = _back_to(framework, name, [name])
        if chain and name not in in_circles:
            in_circles.update(chain)
            yield ("duties", name, "when"), f"this goes round in a circle: {' after '.join([*chain, name])}"


def _back_to(framework: Framework, name: str, chain: list[str]) -> list[str]:
    """The duties of a circle through this one, from it upwards by whichever of several `when`; empty without one."""
    above = dict.fromkeys(each for moment in framework.duties[chain[-1]].when for each in _leaving(framework, moment))
    if name in above:
        return chain
    further = (each for each in above if each in framework.duties and each not in chain)
    return next(filter(None, (_back_to(framework, name, [*chain, each]) for each in further)), [])


def _leaving(framework: Framework, moment: str) -> list[str]:
    """The duties that a moment may come from: its own, or those that make work of which nothing was submitted yet."""
    thing, _, name = moment.partition(".")
    if name == ROW:
        return list(sources(framework, moment))
    return [thing] if thing in framework.duties else new_work_lint.making(framework, thing, name)


def _holding(framework: Framework) -> Iterator[Found]:
    """What `final` opens may not hold it."""
    opened = {name for name, duty in framework.duties.items() if any(each.endswith(".final") for each in duty.when)}
    after = following(framework, opened, all)
    for name in sorted(after):
        if framework.duties[name].holds:
            yield ("duties", name, "holds"), "this opens after the work is final, so it cannot hold it"
    for name, duty in framework.duties.items():
        if duty.holds and duty.due in (None, NONE) and not duty.is_alert:
            yield ("duties", name, "holds"), "what has no date may not hold: expected a 'due'"


def warnings(framework: Framework) -> Iterator[Found]:
    """What may be meant, and is doubtful all the same."""
    yield from _addressed(framework)
    yield from _shared_grades(framework)
    yield from _never_opening(framework)
    yield from _holding_too_late(framework)


def _never_opening(framework: Framework) -> Iterator[Found]:
    """Duties that open only after others of which every one is switched off."""
    off = {name for name, duty in framework.duties.items() if duty.rule in framework.without and not duty.is_alert}
    for name, duty in framework.duties.items():
        before = [each.partition(".")[0] for each in duty.when]
        if name not in off and not is_made(framework, name) and before and off.issuperset(before):
            rule = framework.duties[before[0]].rule
            what = f"{before[0]!r} is switched off with {rule}, and this opens on nothing else, so it never will"
            yield ("duties", name, "when"), what


def _holding_too_late(framework: Framework) -> Iterator[Found]:
    """What holds, and opens only once something that does not hold is over: the work is final by then."""
    for name, duty in framework.duties.items():
        if duty.holds and duty.when and all(_is_too_late(framework, each, {name}) for each in duty.when):
            before = duty.when[0].partition(".")[0]
            yield (
                ("duties", name, "holds"),
                f"the work is final before this opens, unless something else holds it till then: {before!r} does not",
            )


def _is_too_late(framework: Framework, moment: str, seen: Set[str]) -> bool:
    thing, _, name = moment.partition(".")
    duty = framework.duties.get(thing)
    if duty is None or duty.holds or thing in seen:
        return False
    if name == "opened":
        return bool(duty.when) and all(_is_too_late(framework, each, {*seen, thing}) for each in duty.when)
    return True


def _addressed(framework: Framework) -> Iterator[Found]:
    """Titles that speak to one person; a survey's stands on its own sheet, and on no list of what somebody owes."""
    for name, duty in framework.duties.items():
        if TO_YOU.search(duty.title) and not duty.is_survey:
            what = "others read this too, on lists and pages, so it should not say 'you' or 'your'"
            yield ("duties", name, "title"), what


def _shared_grades(framework: Framework) -> Iterator[Found]:
    """Duties on one moment of which two may open for the same grade, or none for one."""
    for moment in moments(framework):
        graded = {
            name: {grade for condition in duty.if_ for grade in condition.grade}
            for name, duty in framework.duties.items()
            if moment in duty.when and any(condition.grade for condition in duty.if_)
        }
        names = list(graded)
        for index, name in enumerate(names):
            for other in names[index + 1 :]:
                if both := sorted(graded[name] & graded[other]):
                    what = f"on {moment}, {other!r} may open for the same grade too: {', '.join(both)}"
                    yield ("duties", name, "if"), what
        yield from _nobodys(framework, moment, graded)


def _nobodys(framework: Framework, moment: str, graded: dict[str, set[str]]) -> Iterator[Found]:
    """Where several duties share out the grades of a scale, and leave one of them to nobody."""
    named = set().union(*graded.values()) if len(graded) > 1 else set[str]()
    for scale in framework.scales.values():
        left = [grade for grade in scale.labels if grade not in named]
        if named & set(scale.labels) and left:
            last = list(graded)[-1]
            yield ("duties", last, "if"), f"on {moment}, no duty opens for the grade {' or '.join(left)}"
