"""The words that a framework file may use because the service knows what they mean.

The moments that each thing leaves, the anchors of each kind of deadline, and whom a step may be sent to besides the
framework's own roles.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Set

from qabot.framework.duties import MADE, Condition, Duty, offsets_in
from qabot.framework.gatherings import AFTER, DAY, OF_OCCASION
from qabot.framework.questions import Decides
from qabot.framework.schema import AUDIT, MODERATION, Framework

CALLED: Mapping[str, str] = {
    "owner": "whoever owes it",
    "auditor": "the auditor",
    "practitioner": "the practitioner",
    "line-manager": "the line manager",
    "owes": "whoever owes it",
    "quality": "whoever runs quality assurance",
}
"""What people read for each recipient that is found from the deadline and its subject, not from a role."""
PEOPLE = frozenset(CALLED)
"""Recipients that are found from the deadline and its subject, not from a role."""
OF_WORK = ("planned", "given", "submitted", "moderated", "final", "withdrawn", "corrected", "reopened")
"""Moments of a piece of work; `planned` is its cycle's, which has no piece yet, and
first: work on request has none, nor has work by each subject's own clock. `moderated`: a second grade is in."""
OF_SAMPLE = ("drawn", "opened", "done", "late")
OF_DUTY = ("opened", "done", "late", "put-off")
OF_SOME_DUTIES = ("refused", "let-off")
"""Of what is judged, and of what somebody can be let off."""
OF_NOMINATION = ("given",)
NOMINATION = "nomination"
ROW = "row"
PRACTITIONER = "practitioner"
"""The moment that each row leaves of what was answered to a question; and what such a row is as a subject."""
OCCASION = "occasion"
"""What the day of a gathering and an imported event are as a subject."""
CYCLE = frozenset({"cycle-start", "cycle-end"})
"""From what a duty counts that comes round by itself: the first and the last day of its turn."""
OF_WORK_ANCHORS = frozenset({"submitted", "moderated", "final"})


def things(framework: Framework) -> dict[str, tuple[str, ...]]:
    """What moments each thing of this framework leaves, by the thing's name."""
    known: dict[str, tuple[str, ...]] = {
        name: OF_WORK if activity.every.count else OF_WORK[1:] for name, activity in framework.activities.items()
    }
    known |= dict.fromkeys(framework.samples, OF_SAMPLE)
    owed = {name: duty for name, duty in framework.duties.items() if duty.everybody and not is_made(framework, name)}
    known |= {name: of_duty(duty) for name, duty in owed.items()}
    known = {**known, NOMINATION: OF_NOMINATION}
    known |= dict.fromkeys((*framework.gatherings, *framework.events), OF_OCCASION)
    for name in asked(framework):
        # A question may have the name of something else: what each leaves is told apart by the moment.
        if name in framework.questions and framework.questions[name].rows:
            known[name] = (*known.get(name, ()), ROW)
    return known


def asked(framework: Framework) -> dict[str, tuple[str, ...]]:
    """Every question that something asks, with the activities, samples and duties that do."""
    askers: dict[str, tuple[str, ...]] = {}
    for things_that_ask in (framework.activities, framework.samples, framework.duties):
        for name, thing in things_that_ask.items():
            askers |= {each: (*askers.get(each, ()), name) for each in thing.ask}
    return askers


def values_of(framework: Framework, name: str) -> list[str]:
    """What can answer a question, where that is known before; of a date, a person, a number or a text nothing."""
    question = framework.questions[name]
    if question.kind == "tick":
        return ["yes", "no"]
    scale = framework.scales.get(question.scale or "")
    return list(scale.labels) if scale else list(question.choice)


def deciding(framework: Framework, what: Decides) -> str:
    """The question whose answer decides this of a record of good practice; "" if the framework asks none."""
    return next((name for name, each in framework.questions.items() if each.decides == what), "")


def is_alone(framework: Framework, kind: str) -> bool:
    """Whether nobody answers a kind of deadline for anybody else: a survey, or who may read of one's good practice."""
    duty = framework.duties.get(kind)
    if duty is None:
        return False
    asked_there = (framework.questions[each] for each in duty.ask if each in framework.questions)
    return duty.is_survey or any(each.decides == "who-may-read" for each in asked_there)


def answered_on(framework: Framework, thing: str) -> str:
    """The moment at which what an activity or a duty asks is answered."""
    return f"{thing}.{'submitted' if thing in framework.activities else 'done'}"


def activities_behind(framework: Framework, kind: str, seen: Set[str] = frozenset()) -> frozenset[str]:
    """The activities of whose work a duty may be about a piece, directly or by a chain."""
    names: set[str] = set()
    for moment in framework.duties[kind].when if kind in framework.duties and kind not in seen else ():
        for thing in sources(framework, moment):
            names |= {thing} if thing in framework.activities else set()
            names |= {*framework.samples[thing].of} if thing in framework.samples else set()
            names |= activities_behind(framework, thing, seen | {kind})
    return frozenset(names)


def hears_concern(framework: Framework, activity: str) -> bool:
    """Whether somebody hears of an immediate concern in work of this activity: a duty opens on it, and speaks."""
    return any(
        any(each.concern for each in duty.if_)
        and (duty.is_alert or duty.rule not in framework.without)
        and (activity in activities_behind(framework, name) or (duty.is_alert and activity not in framework.activities))
        for name, duty in framework.duties.items()
    )


def opening_anchor(framework: Framework, kind: str) -> str:
    """What offsets call the one moment on which a duty opens: of a piece of work its own name; "" of several."""
    names = {_anchor_of(each) for each in framework.duties[kind].when} if kind in framework.duties else set[str]()
    return names.pop() if len(names) == 1 else ""


def _anchor_of(moment: str) -> str:
    name = moment.partition(".")[2]
    return name if name in OF_WORK_ANCHORS else moment


def before(framework: Framework, kind: str, seen: Set[str] = frozenset()) -> frozenset[str]:
    """Everything that comes before a duty, up its chain: work, samples, other duties, days of gatherings."""
    names: set[str] = set()
    for moment in framework.duties[kind].when if kind in framework.duties and kind not in seen else ():
        for thing in sources(framework, moment):
            names |= {thing, *before(framework, thing, seen | {kind})}
            names |= {*framework.samples[thing].of} if thing in framework.samples else set()
    return frozenset(names - {kind})


def sources(framework: Framework, moment: str) -> tuple[str, ...]:
    """The things that lead to a moment: of a question's rows, what asks it; else what leaves it itself."""
    thing, _, name = moment.partition(".")
    return asked(framework).get(thing, ()) if name == ROW else (thing,)


def questions_behind(framework: Framework, kind: str, seen: Set[str] = frozenset()) -> frozenset[str]:
    """The questions of whose rows a duty is about one, directly or by a chain; none of one about something else."""
    questions: set[str] = set()
    for moment in framework.duties[kind].when if kind in framework.duties and kind not in seen else ():
        thing, _, name = moment.partition(".")
        questions |= {thing} if name == ROW else questions_behind(framework, thing, seen | {kind})
    return frozenset(each for each in questions if each in framework.questions)


def columns(framework: Framework, kind: str, holding: str) -> frozenset[str]:
    """Those columns of the rows that a duty is about which hold a date, a person or a text, as `holding` says."""
    behind = [framework.questions[each].rows for each in sorted(questions_behind(framework, kind))]
    having = [{name for name, what in rows.items() if what == holding} for rows in behind]
    return frozenset(set.intersection(*having)) if having else frozenset()


def of_duty(duty: Duty) -> tuple[str, ...]:
    """The moments that a duty leaves."""
    without = never_of_duty(duty)
    return tuple(each for each in (*OF_DUTY, *OF_SOME_DUTIES) if each not in without)


def never_of_duty(duty: Duty) -> dict[str, str]:
    """The moments that this duty never leaves though others do, each with the reason."""
    # What has no date may get one: put off, it is due on the new day.
    undated = duty.due in (None, "none") and duty.put_off is None
    reasons = {
        "late": "it has no date ('due: none')" if undated else "",
        "put-off": "" if duty.put_off else "it has no 'put-off'",
        "refused": "" if duty.judged_by else "it has no 'judged-by'",
        "let-off": "" if duty.let_off else "it has no 'let-off'",
    }
    return {moment: why for moment, why in reasons.items() if why}


def moments(framework: Framework) -> list[str]:
    """Every moment of this framework, as `thing.moment`."""
    return [f"{thing}.{name}" for thing, names in things(framework).items() for name in names]


def of_cycle(framework: Framework, kind: str) -> bool:
    """Whether a duty is about a cycle of work that is only planned."""
    duty = framework.duties.get(kind)
    if duty is None or duty.every is not None:
        return False
    return duty.picks or (bool(duty.when) and all(is_of_cycle(framework, each) for each in duty.when))


def is_of_cycle(framework: Framework, moment: str) -> bool:
    """Whether a moment is about a cycle of work that is only planned; the day of a gathering is planned too."""
    thing, _, name = moment.partition(".")
    return name == "planned" and framework.occasion(thing) is None


def occasions_behind(framework: Framework, kind: str, seen: Set[str] = frozenset()) -> frozenset[str]:
    """The gatherings and imported events that a duty is about, directly or by a chain, a row's too."""
    names: set[str] = set()
    for moment in framework.duties[kind].when if kind in framework.duties and kind not in seen else ():
        for thing in sources(framework, moment):
            known = framework.occasion(thing) is not None
            names |= {thing} if known else occasions_behind(framework, thing, seen | {kind})
    return frozenset(names)


def of_turn(framework: Framework, kind: str, seen: Set[str] = frozenset()) -> bool:
    """Whether a duty comes round by itself, or opens down the chain of one that does."""
    duty = framework.duties.get(kind)
    if duty is None or kind in seen:
        return False
    things = (thing for moment in duty.when for thing in sources(framework, moment))
    return duty.every is not None or any(of_turn(framework, each, seen | {kind}) for each in things)


def anchors(framework: Framework, kind: str) -> frozenset[str]:
    """The names from which offsets of a kind of deadline may count, because they have, or will have, a date."""
    if kind == AUDIT:
        return frozenset({"cycle-start", "due", "opened"})
    if kind == MODERATION:
        return frozenset({"submitted", "final", "drawn", "due", "opened"})
    duty = framework.duties[kind]
    own = {"opened", *(("due",) if duty.due not in (None, "none") else ()), *(("opens",) if duty.opens else ())}
    if of_cycle(framework, kind):
        return frozenset({*own, "cycle-start"})
    if duty.every is not None:
        days = {each for offset in (*offsets_in(duty.due).values(), duty.opens) if offset for each in offset.in_year}
        return frozenset({*own, *CYCLE, *days})
    drawn = {"drawn"} if duty.looks_again else set()
    put_off = {"new-date"} if any(each.endswith(".put-off") for each in duty.when) else set()
    dates = {*_dates(framework), *columns(framework, kind, "date")}
    rows = {f"{each}.{ROW}" for each in questions_behind(framework, kind)}
    occasions = {f"{each}.{name}" for each in occasions_behind(framework, kind) for name in (DAY, *OF_OCCASION)}
    if of_turn(framework, kind):
        return frozenset({*own, *put_off, *dates, *_of_others(framework, kind), *rows, *CYCLE})
    if occasions:
        return frozenset({*own, *put_off, *dates, *_of_others(framework, kind), *rows, DAY, *occasions})
    return frozenset({*own, *drawn, *put_off, *dates, *OF_WORK_ANCHORS, *_of_others(framework, kind), *rows})


def is_happening(anchor: str) -> bool:
    """Whether an anchor is the moment of something that happened, which nobody knows beforehand."""
    return anchor in OF_WORK_ANCHORS | {"opened", "drawn"} or ("." in anchor and not anchor.endswith(f".{DAY}"))


def following(framework: Framework, first: Set[str], of_its: Callable[[Iterable[bool]], bool]) -> set[str]:
    """These duties and all that open down their chains: on `any` or on `all` of their moments, as `of_its` says.

    What is still owed of a duty that is gone follows from what it followed from as it opened.
    """
    names, grown = set(first), True
    gone = framework.opened.gone
    opening = {name: gone.get(name, duty).when for name, duty in framework.duties.items()}
    while grown:
        more = {
            name
            for name, when in opening.items()
            if name not in names
            and when
            and of_its(each in names for moment in when for each in sources(framework, moment))
        }
        names, grown = names | more, bool(more)
    return names


def grading_scales(framework: Framework, activities: Iterable[str] | None = None) -> frozenset[str]:
    """The scales by which work of these activities is judged on its own form; None asks for every activity's."""
    known = framework.activities
    asked_there = (known[name].ask for name in (known if activities is None else activities) if name in known)
    questions = (framework.questions[each] for ask in asked_there for each in ask if each in framework.questions)
    return frozenset(each.scale for each in questions if each.scale in framework.scales and each.scale is not None)


def is_grade(framework: Framework, question: str) -> bool:
    """Whether the answer to a question is a grade: on a scale by which work is judged."""
    entry = framework.questions.get(question)
    return entry is not None and entry.scale in grading_scales(framework)


def asks_grade(framework: Framework, condition: Condition) -> bool:
    """Whether a condition asks for a grade, also for one that a question asked.

    An immediate concern is none: it may be told to whoever's work it is about.
    """
    return bool(condition.grade or condition.any_grade or any(is_grade(framework, name) for name in condition.answer))


def drawn_for_grade(framework: Framework) -> frozenset[str]:
    """The samples whose draws give a grade away, because some work is drawn for it."""
    return frozenset(
        name
        for name, sample in framework.samples.items()
        if any(asks_grade(framework, each) for each in (*sample.if_, *sample.always))
    )


def graded(framework: Framework) -> frozenset[str]:
    """The duties that only a grade opens, directly or by a chain: that somebody owes one gives the grade away."""
    first = {
        name
        for name, duty in framework.duties.items()
        if any(asks_grade(framework, each) for each in duty.if_)
        or any(
            each.endswith(".moderated") or each.partition(".")[0] in drawn_for_grade(framework) for each in duty.when
        )
    }
    return _with_what_follows(framework, first)


def worrying(framework: Framework) -> frozenset[str]:
    """The duties that only an immediate concern opens, directly or by a chain: nobody learns of one by reading on."""
    first = {name for name, duty in framework.duties.items() if any(each.concern for each in duty.if_)}
    return _with_what_follows(framework, first)


def _with_what_follows(framework: Framework, first: Set[str]) -> frozenset[str]:
    names = following(framework, first, any)
    return frozenset(names | {f"{name}{end}" for name in names for end in framework.duties[name].made})


def is_made(framework: Framework, name: str) -> bool:
    """Whether the service has made a duty, such as to judge another one's answer, to agree to it, or to pick cases."""
    return bool(council_duty(framework, name) != name or asks_after(framework, name) or framework.picked_for(name))


def asks_after(framework: Framework, name: str) -> str:
    """The gathering that a duty asks about, which the service has made for it; "" of every other duty."""
    gathering = name.removesuffix(AFTER)
    return gathering if name.endswith(AFTER) and gathering in framework.gatherings else ""


def council_duty(framework: Framework, name: str) -> str:
    """The duty of the file beside which one stands that the service has made; of every other its own name."""
    for end in MADE:
        whose = framework.duties.get(name.removesuffix(end)) if name.endswith(end) else None
        if whose is not None and end in whose.made:
            return name.removesuffix(end)
    return name


def _dates(framework: Framework) -> Iterator[str]:
    """Questions that ask for a date and that something asks."""
    questions = asked(framework)
    yield from (name for name, each in framework.questions.items() if each.kind == "date" and name in questions)


def _of_others(framework: Framework, kind: str) -> Iterator[str]:
    """Moments of duties and samples, written out; of the duty itself only that it opened: the others close it."""
    for thing, names in things(framework).items():
        if thing not in framework.activities and framework.occasion(thing) is None:
            yield from (f"{thing}.{name}" for name in names if name != ROW and (thing != kind or name == "opened"))
