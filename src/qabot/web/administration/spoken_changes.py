"""What a change of people, or a file, would do, in sentences: without the names that files and tables have for it."""

import re
from datetime import date, time

from qabot.framework.schema import Framework
from qabot.imports.changes import Change, Value
from qabot.messaging.values import day, join_and, time_of_day
from qabot.web.drawing import words

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
FIELDS = {
    "about": "what it is about",
    "due": "date",
    "email": "e-mail",
    "employee_id": "employee number",
    "from_on": "first day",
    "hours_from": "begin of the working hours",
    "hours_to": "end of the working hours",
    "involved": "who else works on it",
    "submitted_on": "day on which it came in",
    "to_on": "last day",
    "work_days": "working days",
}
"""What people call a field, where it is not its own name in words."""
TURNS = {
    ("person", "active", True): "works here again",
    ("person", "active", False): "has left",
    ("person", "administrator", True): "becomes an administrator",
    ("person", "administrator", False): "is no administrator any more",
    ("case", "open", True): "is open again",
    ("case", "open", False): "is closed",
}
"""What a yes or no of something means, by what it is now."""
NEW = {
    "person": "Add {}",
    "audit": "Add the piece of work {}",
    "absence": "Add an absence {}",
    "day": "Add the day of {}",
}
OLD = {"person": "{}", "audit": "{}", "absence": "The absence {}", "day": "{}", "address": "{}"}


def spoken_change(change: Change, framework: Framework) -> str:
    """One change as a sentence."""
    if change.what == "role":
        return _role(change, framework)
    if change.new:
        return NEW.get(change.what, f"Add the {change.what} {{}}").format(change.name)
    if change.what == "absence" and change.fields.get("to_on", (None, ""))[1] is None:
        return f"Take out the absence {change.name}"
    who = OLD.get(change.what, f"{words(change.what)} {{}}").format(change.name)
    turns = [TURNS[key] for name, (_, now) in change.fields.items() if (key := (change.what, name, bool(now))) in TURNS]
    moves = [
        f"{FIELDS.get(name, words(name).lower())} {_from(name, was, now, framework)}"
        for name, (was, now) in change.fields.items()
        if (change.what, name, True) not in TURNS
    ]
    return "; ".join(
        [*([f"{who} {join_and(turns)}"] if turns else []), *([f"{who}: {', '.join(moves)}"] if moves else [])]
    )


def spoken_problem(sentence: str, framework: Framework) -> str:
    """What is wrong or doubtful, with the titles of roles in the place of their names in files."""
    for name, role in framework.roles.items():
        sentence = re.sub(
            rf"the role {name}(?: \({re.escape(role.title)}\))?(?=$|[ .,])", f"the role of {role.title}", sentence
        )
        sentence = re.sub(rf"(^|: ){name} (?=for .* is held by |is held for )", rf"\1{role.title} ", sentence)
    return sentence


def _role(change: Change, framework: Framework) -> str:
    _, name, team, service = (str(each) for each in change.key)
    place = f" for {team or service}" if team or service else ""
    who = change.name.removeprefix(f"{name} of ").removesuffix(place)
    title = f"{framework.roles[name].title if name in framework.roles else words(name)}{place}"
    if change.new:
        return f"{who} becomes {title}"
    last = change.fields["to_on"][1]
    return f"{who} is {title} again" if last is None else f"{who} is no longer {title}"


def _from(field: str, was: Value, now: Value, framework: Framework) -> str:
    before, after = (_said(field, each, framework) for each in (was, now))
    if not before:
        return f"becomes {after}"
    return f"from {before} to {after}" if after else f"no longer {before}"


def _said(field: str, value: Value, framework: Framework) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case date():
            return day(value)
        case time():
            return time_of_day(value) or f"{value:%H:%M}"
        case tuple():
            return join_and([_answer(each, framework) if field == "answers" else each for each in value])
        case None:
            return ""
    return _days(value) if field == "work_days" else value


def _answer(written: str, framework: Framework) -> str:
    """An answer to a question of a form, which a file writes by both names."""
    name, _, value = written.partition(" ")
    question = framework.questions.get(name)
    return f"{question.label} {framework.grade_label(value)}" if question is not None else written


def _days(numbers: str) -> str:
    """Days of the week by their numbers; more than two that follow one another by the first and last."""
    held = sorted({int(each) for each in numbers if each in "1234567"})
    if len(held) > 2 and held == list(range(held[0], held[-1] + 1)):
        return f"{DAYS[held[0] - 1]} to {DAYS[held[-1] - 1]}"
    return join_and([DAYS[each - 1] for each in held])
