"""Keys that nothing would heed where they stand: they are refused, so that nobody relies on them."""

from collections.abc import Collection, Iterator, Sequence

from qabot.framework.duties import NONE, Duty
from qabot.framework.loader import did_you_mean
from qabot.framework.schema import Framework
from qabot.framework.source import KeyPath
from qabot.framework.steps import Step
from qabot.framework.vocabulary import activities_behind, before, is_made, moments, of_cycle

Found = tuple[KeyPath, str]
OF_WHAT_IS_OWED = (
    "due",
    "roll",
    "opens",
    "ask",
    "button",
    "done",
    "thanks",
    "ladder",
    "holds",
    "put_off",
    "let_off",
    "lapses",
    "judged_by",
    "reads",
)
"""Fields of a duty that say something only of what is owed. `makes`, `ends_with` and `promise` are told elsewhere."""
OF_EACH_MONTH = ("day", "since", "until")
TWICE = "stands here twice: once is enough"


def check(framework: Framework, messages: Collection[str] | None) -> Iterator[Found]:
    """Every key that would be ignored, and every name that stands twice in a list: its key path and what is wrong."""
    for name, duty in framework.duties.items():
        if not is_made(framework, name):
            at: KeyPath = ("duties", name)
            yield from _told(duty, at)
            yield from _owed(duty, at)
            yield from _alert(duty, at)
            yield from _new_date(duty, at, messages)
            yield from _held(framework, name, duty, at)
            yield from _lists(duty, at)
    for name, ladder in framework.ladders.items():
        for index, step in enumerate(ladder.steps):
            yield from _step(step, ("ladders", name, "steps", index))
    yield from _samples(framework)
    for name, gathering in framework.gatherings.items():
        for key, names in (("owes", gathering.owes), ("to", gathering.to), ("ask", gathering.ask)):
            yield from twice(names, ("gatherings", name, key))
    for name, role in framework.roles.items():
        yield from twice(role.does, ("roles", name, "does"))


def _said(key: str) -> str:
    return key.rstrip("_").replace("_", "-")


def _told(duty: Duty, at: KeyPath) -> Iterator[Found]:
    """What only tells owes nothing: no date, no question and no ladder."""
    if not duty.tell or duty.everybody:
        return
    for key in OF_WHAT_IS_OWED:
        if key in duty.model_fields_set and getattr(duty, key) not in (None, NONE, "", ()):
            what = f"nothing is owed here, so nothing heeds '{_said(key)}': take it out"
            yield (*at, _said(key)), f"{what}, or write 'owes' in place of 'tell'"


def _owed(duty: Duty, at: KeyPath) -> Iterator[Found]:
    if duty.everybody and not duty.tell and "send" in duty.model_fields_set:
        yield (*at, "send"), "only 'tell' sends this message: let a step of the ladder send it, and take this out"
    if duty.everybody and duty.due == NONE and duty.roll != "none":
        yield (*at, "roll"), "this has no date that could fall on another day: take 'roll' out"
    if duty.if_ == () and "if_" in duty.model_fields_set:
        yield (*at, "if"), "this asks nothing; expected a condition such as {any-grade: [red]}, or take 'if' out"
    if duty.looks_again and duty.judged_by:
        yield (*at, "judged-by"), "a second look is a judgement itself, and nobody judges it: take 'judged-by' out"
    yield from _lapses(duty, at)
    yield from _own(duty, at)


def _lapses(duty: Duty, at: KeyPath) -> Iterator[Found]:
    """Only an offer lapses, and only some time after it was made."""
    if duty.lapses is None or not duty.everybody:
        return
    if duty.due != NONE or duty.holds or duty.is_alert or duty.is_survey:
        yield (
            (*at, "lapses"),
            "only what nobody need answer lapses: expected 'due: none', and no alert, survey or 'holds'",
        )
    if duty.lapses.anchors != ("opened",) or duty.lapses.count <= 0:
        yield (*at, "lapses"), "expected days after 'opened', such as 'opened + 20 working days'"


def _own(duty: Duty, at: KeyPath) -> Iterator[Found]:
    """Those who would judge their own answer, or agree to what they ask for themselves."""
    for index, role in enumerate(duty.judged_by):
        # Of new work somebody else's is judged: whoever owes the duty has only said whose.
        if role in duty.everybody and duty.makes is None:
            what = f"{role!r} owes this, and nobody judges their own answer: name another role"
            yield (*at, "judged-by", index), what
    for key, easing in (("put-off", duty.put_off), ("let-off", duty.let_off)):
        if easing is not None and easing.approve and set(duty.everybody) <= set(easing.approve):
            yield (*at, key, "approve"), "whoever owes this would agree to it themselves: name another role"


def _alert(duty: Duty, at: KeyPath) -> Iterator[Found]:
    """An alert is acknowledged, and nothing else; it is open at once."""
    if not duty.is_alert:
        return
    for key, value, why in (
        ("put-off", duty.put_off, "cannot be put off"),
        ("judged-by", duty.judged_by, "has no answer that could be judged"),
        ("opens", duty.opens, "is there at once"),
    ):
        if value:
            yield (*at, key), f"an alert is open until somebody acknowledges it, and {why}: take '{key}' out"


def _new_date(duty: Duty, at: KeyPath, messages: Collection[str] | None) -> Iterator[Found]:
    """The message by which a new date is told."""
    if duty.put_off is None:
        return
    here: KeyPath = (*at, "put-off", "send")
    if not duty.put_off.tell and "send" in duty.put_off.model_fields_set:
        yield here, "nobody is told of a new date here, so nothing heeds this: expected 'tell' too"
    elif messages is not None and duty.put_off.tell and duty.put_off.send not in messages:
        yield here, f"there is no message {duty.put_off.send!r}{did_you_mean(duty.put_off.send, sorted(messages))}"


def _held(framework: Framework, name: str, duty: Duty, at: KeyPath) -> Iterator[Found]:
    """What is about no piece of work that could become final holds none."""
    if not duty.holds or duty.every is not None or not set(duty.when) <= set(moments(framework)):
        return
    chain = [framework.duties[each] for each in (name, *before(framework, name)) if each in framework.duties]
    if not all(each.when or each.every or each.picks for each in chain):
        # That nothing opens one of them is told there.
        return
    if not activities_behind(framework, name) or of_cycle(framework, name):
        yield (*at, "holds"), "this is about no piece of work, so it holds none: take 'holds' out"
    elif all(each.endswith(".withdrawn") for each in duty.when):
        yield (*at, "holds"), "work that was withdrawn never becomes final, so nothing is held: take 'holds' out"


def _lists(duty: Duty, at: KeyPath) -> Iterator[Found]:
    lists: tuple[tuple[tuple[str, ...], Sequence[str]], ...] = (
        (("when",), duty.when),
        (("owes",), duty.owes),
        (("owes-each",), duty.owes_each),
        (("tell",), duty.tell),
        (("ask",), duty.ask),
        (("judged-by",), duty.judged_by),
        (("ends-with",), duty.ends_with),
        (("put-off", "tell"), duty.put_off.tell if duty.put_off else ()),
        (("put-off", "approve"), duty.put_off.approve if duty.put_off else ()),
        (("let-off", "approve"), duty.let_off.approve if duty.let_off else ()),
    )
    for keys, names in lists:
        yield from twice(names, (*at, *keys))


def twice(names: Sequence[str], at: KeyPath) -> Iterator[Found]:
    """Names that stand in a list already."""
    for index, name in enumerate(names):
        if name in names[:index]:
            yield (*at, index), f"{name!r} {TWICE}"


def _step(step: Step, at: KeyPath) -> Iterator[Found]:
    yield from twice(step.to, (*at, "to"))
    given = step.model_fields_set
    if step.at is not None and step.each is None:
        for key in OF_EACH_MONTH:
            if key in given and getattr(step, key) is not None:
                yield (*at, key), f"a step 'at' a time comes once, so nothing heeds '{key}': take it out"
    if step.each is not None and step.repeat is not None:
        yield (*at, "repeat"), "this comes each month already, so nothing heeds 'repeat': take it out"
    if step.lane == "alert" and step.gather == "week":
        yield (*at, "gather"), "an alert waits for no list of the week, so nothing heeds 'gather': take it out"


def _samples(framework: Framework) -> Iterator[Found]:
    for name, sample in framework.samples.items():
        at: KeyPath = ("samples", name)
        lists = (("of", sample.of), ("owes", sample.owes), ("shared-by", sample.shared_by))
        for key, names in (*lists, ("counts", sample.counts), ("ask", sample.ask)):
            yield from twice(names, (*at, key))
        for index, duty in enumerate(sample.counts):
            behind = activities_behind(framework, duty)
            if behind and not behind & set(sample.of):
                other = sorted(behind)[0]
                yield (
                    (*at, "counts", index),
                    f"{duty!r} is about {other!r}, of which nothing is drawn here: take it out",
                )
