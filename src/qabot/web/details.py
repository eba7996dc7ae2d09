"""What the log keeps of an event, in words: one formatter for every page, file and record.

A detail is kept as data (the id of a person, an ISO day, a file's own name); here each has its words.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any

from qabot.messaging import values
from qabot.models import Event
from qabot.web.drawing import place, words
from qabot.web.titles import Titles
from qabot.workflows.core.words import say_moment

PEOPLE = ("recipient", "deputy", "before", "after", "to", "person")
"""What of an event's detail is a person, or several, if it is a number or a list of them."""
DRAWS = frozenset(("cycle-allocated", "sample-drawn", "turns-drawn"))
"""Events of a draw, which keep its seed, unless somebody picked the cases."""
NAMES = frozenset(("press-refused", "press-unknown", "text-blocked"))
"""Events whose reason is the name of a button or a form."""
STANDINGS = {"away": "it cannot be reached", "refused": "it does not let qabot in", "running": "", "starting": ""}
ROUNDS = {"published": "its results are shown", "too-few": "too few answered for anything to be shown"}
EXCLUDED = {
    "involved": "cases on which they work or worked",
    "oversight": "cases which they oversee",
    "own-team": "cases of their own team",
    "own-service": "cases of their own service",
    "own": "their own work",
    "audited": "cases looked at not long ago",
    "outside": "cases of other services or teams",
}
"""Why somebody is not given a case."""
SHARED = {"nobody": "with nobody else", "service": "with their service", "everybody": "with everybody"}

Say = Callable[["Details", Any], str]


class Details:
    """Says what stands beside an event. `people`: names by id, of all whom `people_of` finds in these events."""

    def __init__(self, titles: Titles, people: Mapping[int, str]) -> None:
        self.titles = titles
        self.people = people

    def why(self, event: Event) -> str:
        """The reason of an event, in words."""
        if event.what in DRAWS and (seed := event.detail.get("seed")):
            return f"Drawn with the seed {seed}"
        if event.what in ("stranger", "stranger-refused"):
            return f"They came {place(event.why)}"
        if event.what == "cases-excluded":
            counts = Counter[str]()
            for reasons in event.detail.get("by_person", {}).values():
                counts.update(reasons)
            return ", ".join(f"{EXCLUDED.get(why, words(why))}: {count}" for why, count in sorted(counts.items()))
        return words(event.why) if event.what in NAMES else self.titles.reason(event.why, event.rule)

    def say(self, event: Event) -> str:
        """What else is kept of an event, in words; "" if nothing."""
        given = {key: value for key, value in event.detail.items() if value not in (None, "", [], {})}
        if event.subject_type == "person" and event.subject_id == given.get("recipient"):
            given.pop("recipient")
        said = [_change(self, given.pop("before", None), given.pop("after", None))]
        said += [say(self, given.pop(key)) for key, say in SAID.items() if key in given]
        said += [_other(key, value) for key, value in given.items()]
        return "; ".join(each for each in said if each)

    def names(self, value: Any) -> str:
        """People by their ids."""
        return values.join_and(self.people.get(each, "somebody who is gone") for each in numbers(value))

    def counts(self, value: Mapping[str, int]) -> str:
        """People with a number each."""
        return values.join_and(f"{self.names(int(each))} ({number})" for each, number in value.items())


def people_of(event: Event) -> Iterator[int]:
    """Everybody whom the details of an event name, by id."""
    for key in PEOPLE:
        yield from numbers(event.detail.get(key))
    resting = event.detail.get("people")
    yield from numbers(resting) if event.what == "work-rests" else ()
    for key in ("by_person", "people"):
        of_each = event.detail.get(key)
        yield from map(int, of_each) if isinstance(of_each, dict) else ()


def numbers(value: object) -> list[int]:
    """The numbers in a value: of one, or of a list."""
    return [each for each in (value if isinstance(value, list) else [value]) if isinstance(each, int)]


def _change(details: Details, before: object, after: object) -> str:
    """From what to what: people, days or grades."""
    was, now = (_one(details, each) for each in (before, after))
    if was and now:
        return f"from {was} to {now}"
    return f"to {now}" if now else f"from {was}" if was else ""


def _one(details: Details, value: object) -> str:
    if value in (None, ""):
        return ""
    if isinstance(value, int):
        return details.names(value)
    return say_moment(str(value)) if _is_moment(str(value)) else details.titles.framework.grade_label(str(value))


def _is_moment(text: str) -> bool:
    try:
        date.fromisoformat(text[:10])
    except ValueError:
        return False
    return True


def _counted(one: str, many: str) -> Say:
    return lambda _, value: values.plural(len(value) if isinstance(value, list) else int(value), one, many)


def _people(details: Details, value: Any) -> str:
    if isinstance(value, dict):
        return details.counts(value)
    return details.names(value) if isinstance(value, list) else values.plural(int(value), "person", "people")


def _cases(_: Details, value: Any) -> str:
    if isinstance(value, list):
        return f"{'case' if len(value) == 1 else 'cases'} {values.join_and(value)}"
    return values.plural(int(value), "case", "cases")


def _excluded(details: Details, value: Mapping[str, Mapping[str, int]]) -> str:
    reasons = {
        person: ", ".join(f"{EXCLUDED.get(why, words(why))}: {count}" for why, count in each.items())
        for person, each in value.items()
    }
    return values.join_and(f"{details.names(int(person))} ({said})" for person, said in reasons.items())


def _again(value: Any) -> str:
    """Whether a message is sent once more; or how many are."""
    if isinstance(value, bool):
        return "it is sent once more" if value else "it is not sent again"
    return f"{values.plural(int(value), 'alert', 'alerts')} sent once more"


def _rows_gone(_: Details, value: Any) -> str:
    """What is taken out, of each kind how much; or when it goes."""
    if isinstance(value, dict):
        return values.join_and(f"{words(str(name)).lower()} {count}" for name, count in value.items())
    return f"gone {say_moment(str(value))}" if _is_moment(str(value)) else f"gone {value}"


def _other(key: str, value: object) -> str:
    """What an older version kept."""
    said = values.join_and(value) if isinstance(value, list) else str(value)
    said = say_moment(said) if _is_moment(said) else said
    return f"{words(key).lower()} {said}"


def _nothing(_: Details, __: Any) -> str:
    """The reason of the event says it already."""
    return ""


SAID: Mapping[str, Say] = {
    "message": lambda details, value: details.titles.message(value),
    "recipient": lambda details, value: f"for {details.names(value)}",
    "adapter": lambda _, value: place(value),
    "added": lambda _, value: f"{value} added",
    "always": lambda _, value: f"{value} for their grades" if value else "",
    "approved_by": lambda _, value: f"{value} agreed",
    "auditors": _counted("auditor", "auditors"),
    "by": _nothing,
    "by_person": _excluded,
    "cases": _cases,
    "changed": lambda _, value: f"{value} changed",
    "concern": lambda _, value: "with an immediate concern" if value == "yes" else "",
    "copied": lambda _, value: f"of {say_moment(value)}",
    "count": lambda _, value: f"{value} wanted",
    "day": lambda _, value: f"for {say_moment(value)}",
    "days": _counted("day", "days"),
    "deadlines": _counted("deadline moved", "deadlines moved"),
    "deputy": lambda details, value: f"{details.names(value)} covers",
    "digest_at": lambda _, value: f"daily message at {values.time_of_day(value) or value}",
    "drawn": lambda _, value: f"{value} drawn",
    "duty": lambda details, value: details.titles.kind(value),
    "expected": lambda _, value: f"new date {say_moment(value)}",
    "fields": lambda _, value: f"in {values.join_and(words(each) for each in value)}",
    "figures": _nothing,
    "form": lambda _, value: f"in the form {words(value)}",
    "given": lambda _, value: f"{value} given",
    "goes": _rows_gone,
    "gone": _rows_gone,
    "grade": lambda details, value: details.titles.framework.grade_label(value),
    "hold": lambda _, value: f"hold {value}",
    "kept": lambda _, value: f"{value} drawn before" if value else "",
    "kind": lambda details, value: details.titles.kind(value),
    "parts": lambda _, value: f"left out: {values.join_and(value)}" if value else "",
    "kinds": lambda _, value: f"taken for {values.join_and(words(each).lower() for each in dict.fromkeys(value))}",
    "machine": _nothing,
    "missing": lambda _, value: f"{value} missing",
    "news": lambda _, value: f"news {words(str(value)).lower()}",
    "notices": _counted("message", "messages"),
    "people": _people,
    "person": lambda details, value: details.names(value),
    "pool": lambda _, value: f"of {value}",
    "process": _nothing,
    "presumed": _counted("message taken as sent", "messages taken as sent"),
    "reason": _nothing,
    "repeated": lambda _, value: _again(value),
    "scope": lambda _, value: f"may {value}",
    "scopes": lambda _, value: f"may {value}",
    "seed": _nothing,
    "shared": lambda _, value: SHARED.get(value, words(value)),
    "sheets": _counted("person's answers", "people's answers"),
    "short": lambda _, value: f"{value} too few to draw from" if value else "",
    "starts": lambda _, value: f"from {say_moment(value)}",
    "state": lambda _, value: STANDINGS.get(value, ROUNDS.get(value, words(value))),
    "token": lambda _, value: f"with the token {value}",
    "to": lambda details, value: f"to {details.names(value)}",
    "webhook": lambda _, value: f"the webhook {value}",
    "host": lambda _, value: f"at {value}",
    "until": lambda _, value: f"until {say_moment(value)}",
}
"""The words of each detail, in the order in which they are said; `before` and `after` are said first, together."""
