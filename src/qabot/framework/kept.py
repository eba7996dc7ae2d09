"""Duties that a file no longer has, and that somebody still owes: they stand beside the file's own until they are done.

A deadline keeps the duty with which it was opened. Without it nobody could answer what is open, and the alert of a duty
that has another name by now could never be acknowledged. Such a duty opens nothing any more.
"""

from collections.abc import Mapping
from typing import Any

from qabot.framework.duties import Duty, Question
from qabot.framework.schema import OWN_QUESTIONS, Framework


def take_in(framework: Framework, kept: Mapping[str, Mapping[str, Any]]) -> None:
    """Have a framework know these duties too, by their names: each as a deadline keeps it, `{duty, questions}`.

    What the file itself says of a name stands.
    """
    duties: dict[str, Duty] = {}
    questions: dict[str, Question] = {}
    for name, each in kept.items():
        duty = Duty.model_validate(each["duty"])
        beside = {f"{name}{end}": made for end, made in duty.made.items()}
        duties |= {name: duty, **beside}
        own = {asks for made in beside.values() for asks in made.ask}
        questions |= {asks: Question(label=OWN_QUESTIONS[asks], type="tick") for asks in own}
        questions |= {asks: Question.model_validate(said) for asks, said in each["questions"].items()}
    framework.know_also(duties, questions)
