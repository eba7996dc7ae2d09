"""What deadlines keep of the file by which they opened: it stands beside today's file until they are done.

A deadline keeps the duty with which it was opened. Without it nobody could answer what is open, and the alert of a duty
that has another name by now, or asks something else, could never be acknowledged. Such a duty opens nothing any more.
"""

import contextlib
from collections.abc import Callable, Collection, Iterable, Mapping
from types import MappingProxyType
from typing import Any

import orjson
from pydantic import ValidationError

from qabot.framework.activities import Activity
from qabot.framework.duties import NEVER_OPENS, USUAL, Duty, Question
from qabot.framework.opened import Opened, Which
from qabot.framework.schema import OWN_QUESTIONS, Framework

Kept = tuple[str, int, Mapping[str, Any]]
"""The kind of an open deadline, the number of its snapshot, and what that keeps: `{duty, questions}`."""


Work = tuple[str, str, str, Mapping[str, Any]]
"""An activity that the file no longer has, what its work is about, its rule, and what that keeps of it."""


def take_in(
    framework: Framework,
    kept: Iterable[Kept],
    work: Collection[Work] = (),
    over: Mapping[int, Mapping[str, Any]] = MappingProxyType({}),
) -> None:
    """Have a framework know what is open by another file: of what it has no duty for any more, the newest of each name.

    What the file itself says of a name is for all that opens from now on. `over` is what all deadlines keep, by the
    number of the snapshot: an alert that is seen is known by it.
    """
    own = {name: each for name, each in framework.duties.items() if name not in framework.opened.gone}
    gone: dict[str, Duty] = {}
    by_ladder: dict[int, Duty] = {}
    questions: dict[str, Question] = {}
    for name, ladder, each in sorted(kept, key=lambda one: one[1]):
        duty = Duty.model_validate(each["duty"])
        if own.get(name) == duty:
            continue
        by_ladder[ladder] = duty
        beside = {f"{name}{end}": made for end, made in duty.made.items()}
        gone |= {called: made for called, made in {name: duty, **beside}.items() if called not in own}
        own_questions = {key for made in beside.values() for key in made.ask}
        questions |= {key: Question(label=OWN_QUESTIONS[key], type="tick") for key in own_questions}
        questions |= {key: Question.model_validate(said) for key, said in each["questions"].items()}
    by_ladder = {**_over(own.values(), over), **by_ladder}
    activities = {name: _activity(framework, name, about, rule, each) for name, about, rule, each in work}
    for *_, each in work:
        questions |= {key: Question.model_validate(said) for key, said in each.get("questions", {}).items()}
    duties = {**own, **{name: _asleep(framework, each) for name, each in gone.items()}}
    framework.know(Opened(gone, by_ladder, activities), duties, {**questions, **framework.questions})


def _over(own: Iterable[Duty], over: Mapping[int, Mapping[str, Any]]) -> dict[int, Duty]:
    """The alerts by which something was opened and that are none of the file's.

    Alerts alone: what a sample draws keeps what it asks as a duty too, and is owed by nobody but who draws it.
    """
    said = {_text(each.model_dump(mode="json", by_alias=True)) for each in own} if over else set()
    duties = {}
    for number, each in over.items():
        if each.get("duty") and _text(each["duty"]) not in said:
            with contextlib.suppress(ValidationError):  # of long ago: nothing is open of it
                if (duty := Duty.model_validate(each["duty"])).is_alert:
                    duties[number] = duty
    return duties


def _text(duty: Mapping[str, Any]) -> bytes:
    return orjson.dumps(duty, option=orjson.OPT_SORT_KEYS)


def _asleep(framework: Framework, duty: Duty) -> Duty:
    """A duty that opens nothing any more."""
    ladder = duty.ladder if duty.ladder in framework.every_ladder else USUAL
    return duty.model_copy(update={"when": (NEVER_OPENS,), "every": None, "ladder": ladder})


def _activity(framework: Framework, name: str, about: str, rule: str, kept: Mapping[str, Any]) -> Activity:
    """An activity by which no more work is given; of work of earlier versions what follows from its form."""
    if "activity" in kept:
        known = Activity.model_validate(kept["activity"])
    else:
        title = name.replace("-", " ")
        said = {"ask": tuple(kept.get("questions", ())), "grade": kept.get("grade"), "about": about}
        known = Activity.model_validate({"rule": rule, "title": title, "plural": title, **said})
    return known if known.ladder in framework.every_ladder else known.model_copy(update={"ladder": USUAL})


def which(framework: Framework, says: Callable[[Duty], bool]) -> Which:
    """Which deadlines were opened by a duty that says this, as each was when it opened one."""
    kinds = tuple(name for name, duty in framework.duties.items() if says(duty))
    opened = framework.opened.by_ladder
    also = tuple(ladder for ladder, duty in opened.items() if says(duty))
    return Which(kinds, also, tuple(each for each in opened if each not in also))
