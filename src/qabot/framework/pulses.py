"""Pulses: short surveys that quality assurance asks by itself. Each is a duty like a file's, and stands beside those.

What a pulse says is kept in the language's keys: `{duty: {...}, questions: {...}, scales: {...}}`. Its duty never opens
by itself; it is opened once, for those who are asked.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from qabot.framework.duties import NEVER_OPENS, Duty, Promise, Question
from qabot.framework.questions import Scale
from qabot.framework.rules import Rule
from qabot.framework.schema import Framework

T = TypeVar("T")
RULE = "OURS-ASK-1"
ASKED = "asked"
"""Stands for whoever is asked, where a file names roles."""
_NAME = re.compile(r"pulse_\d+(_.+)?")
AGREEMENT = {
    "1": "Strongly disagree",
    "2": "Disagree",
    "3": "Neither agree nor disagree",
    "4": "Agree",
    "5": "Strongly agree",
}


def name_of(number: int) -> str:
    """The name of a pulse's duty; no file uses such a name."""
    return f"pulse_{number}"


def is_own(name: str) -> bool:
    """Whether a duty, question or scale of this name is a pulse's."""
    return _NAME.fullmatch(name) is not None


def says(
    title: str,
    questions: Sequence[Mapping[str, Any]],
    scales: Mapping[str, Scale],
    *,
    promise: Promise,
    reads: Sequence[str],
    days: int,
) -> dict[str, Any]:
    """What a pulse says: its questions as a file says them, with the scales that they name. It closes in so many
    working days.
    """
    duty = {
        "rule": RULE,
        "title": title,
        "when": [NEVER_OPENS],
        "owes-each": [ASKED],
        "due": f"opened + {days} working days",
        "promise": promise,
        "reads": list(reads),
    }
    used = {each["scale"] for each in questions if each.get("scale")}
    return {
        "duty": duty,
        "questions": [dict(each) for each in questions],
        "scales": {
            name: scale.model_dump(mode="json", by_alias=True) for name, scale in scales.items() if name in used
        },
    }


def take_in(framework: Framework, pulses: Mapping[str, Mapping[str, Any]]) -> None:
    """Have a framework know these pulses, by their names, and no others.

    Each dictionary is replaced as a whole: another thread may be going through the one before.
    """
    duties, questions, scales = _own(framework.duties), _own(framework.questions), _own(framework.scales)
    rules = dict(framework.rules)
    for name, each in pulses.items():
        own_questions = {
            f"{name}_{number}": _question(name, said) for number, said in enumerate(each["questions"], start=1)
        }
        questions |= own_questions
        duties[name] = Duty.model_validate({**each["duty"], "ask": list(own_questions)})
        scales |= {f"{name}_{key}": Scale.model_validate(said) for key, said in each["scales"].items()}
        rules.setdefault(RULE, Rule(text="Quality assurance asks a few questions by itself.", source="qabot"))
    # A framework is frozen for everybody else.
    framework.__dict__.update(duties=duties, questions=questions, scales=scales, rules=rules)


def _question(name: str, said: Mapping[str, Any]) -> Question:
    """A question, on the scale as it was when it was asked."""
    return Question.model_validate({**said, "scale": f"{name}_{said['scale']}"} if said.get("scale") else said)


def _own(entries: Mapping[str, T]) -> dict[str, T]:
    """What the file itself says."""
    return {name: each for name, each in entries.items() if not is_own(name)}
