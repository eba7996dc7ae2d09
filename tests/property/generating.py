"""Framework files made up at random, and valid but for what the linter may still find: every part of the language.

Names are odd on purpose: none of a council that ships, some that mean something in Python, YAML or English.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

Plain = dict[str, Any]
NAMES = (
    "x",
    "no-one",
    "self",
    "case",
    "final",
    "given",
    "action",
    "q2",
    "none-of-these",
    "class",
    "id",
    "owner-of-all",
    "team",
    "draw",
    "month",
    "due-date",
    "z9-z9",
    "select",
)
TITLES = (
    "Head & Co",
    "O'Neill <b>lead</b>",
    "Überprüferin",
    "The *one* who [looks](x)",
    "{{ title }}",
    "Ward 7",
    "%s %d",
)
RHYTHMS = (
    "week from 2026-04-06",
    "2 weeks from 2026-04-06",
    "6 weeks from 2026-03-30",
    "month",
    "month on 3rd Tuesday",
    "2 months",
    "quarter",
    "half-year",
)
SOON = ("1 working day", "3 days", "5 working days", "10 working days", "2 weeks", "1 month")
ALERT_STEPS = (("red-alert", "opened"), ("red-alert-again", "opened + 1 working day"))
SHORTEST, LONGEST = 2, 5


@dataclass
class Making:
    """One file as it is made. `things` are the moments that a duty may open on; `grades` the scale's labels."""

    draw: st.DrawFn
    names: list[str]
    whole: Plain = field(default_factory=dict)
    things: list[str] = field(default_factory=list)
    rules: dict[str, Plain] = field(default_factory=dict)

    def pick(self, options: Sequence[Any]) -> Any:
        """One of them."""
        return self.draw(st.sampled_from(list(options)))

    def some(self, options: Sequence[str], *, most: int = 2) -> list[str]:
        """One or more of them, each once."""
        return self.draw(st.lists(st.sampled_from(list(options)), min_size=1, max_size=most, unique=True))

    def chance(self) -> bool:
        """Yes or no."""
        return self.draw(st.booleans())

    def name(self) -> str:
        """A name that nothing has yet."""
        return self.names.pop()

    def rule(self, kind: str) -> str:
        """A rule of its own."""
        name = f"ODD-{kind}-{len(self.rules) + 1}"
        self.rules[name] = {"text": f"Rule {len(self.rules) + 1}.", "source": "made up"}
        return name


@st.composite
def frameworks(draw: st.DrawFn) -> Plain:
    """A whole file as data. Most are valid; the linter says of the others why not."""
    names = draw(st.permutations([*NAMES, *(f"n{number}" for number in range(30))]))
    making = Making(draw, list(names))
    labels = [making.name() for _ in range(draw(st.integers(SHORTEST, LONGEST)))]
    making.whole = {
        "framework": "made-up",
        "title": "Made up",
        "source": "made up for a test",
        "council": {"name": "Oddshire", "duty_line": "020 7946 0123", "case_reference": "[0-9]{6}"},
        "scales": {"grades": {"version": "v1", "labels": {each: each.title() for each in labels}}},
    }
    roles = _roles(making)
    questions = _questions(making)
    making.whole["activities"] = {making.name(): _activity(making, roles, questions) for _ in range(_few(making, 1, 3))}
    _work_moments(making)
    making.whole["samples"] = (
        {making.name(): _sample(making, roles) for _ in range(_few(making, 0, 2))} if _graded(making) else {}
    )
    making.things += [f"{name}.{moment}" for name in making.whole["samples"] for moment in ("drawn", "done", "late")]
    duties: Plain = {}
    for _ in range(_few(making, 0, 5)):
        name = making.name()
        duties[name] = _duty(making, roles, questions, labels)
        making.things += [f"{name}.{moment}" for moment in ("opened", "done", "late")] if "due" in duties[name] else []
    ladders = _alert(making, roles, labels, duties)
    making.whole |= {"duties": duties, "ladders": ladders, "gatherings": _gatherings(making, roles)}
    making.whole["questions"] = questions
    either = making.rule("QUO")
    kinds = ("submission", "moderation_by_hand", "moderation_shared", "nomination", "nomination_shared", "stand_in")
    making.whole["processes"] = dict.fromkeys(kinds, either)
    making.whole["rules"] = making.rules
    asked = {
        each
        for part in ("activities", "duties", "samples")
        for one in making.whole[part].values()
        for each in one.get("ask", ())
    }
    making.whole["questions"] = {name: each for name, each in questions.items() if name in asked}
    return making.whole


def _few(making: Making, least: int, most: int) -> int:
    return making.draw(st.integers(least, most))


def _roles(making: Making) -> dict[str, list[str]]:
    """Roles of teams, services and the council, each with one above it; by their reach, and `all` of them."""
    quality, top, manager, lead = (making.name() for _ in range(4))
    workers = [making.name() for _ in range(_few(making, 0, 2))]
    of_middle = making.pick(("service", "council"))
    roles: Plain = {
        lead: {"of": "team", "does": making.pick((["leads-team"], ["leads-team", "oversees"])), "above": manager},
        manager: {"of": of_middle, "does": ["oversees"], "above": top},
        top: {"of": "council", "above": quality},
        quality: {"of": "council", "does": ["runs-quality"]},
    } | {each: {"of": "team", "above": lead} for each in workers}
    order = making.draw(st.permutations(list(roles)))
    making.whole["roles"] = {
        name: {"title": f"{making.pick(TITLES)} {index}", **roles[name]} for index, name in enumerate(order)
    }
    return {
        "all": list(order),
        "council": [top, quality, *([manager] if of_middle == "council" else [])],
        "staff": [lead, *workers],
    }


def _questions(making: Making) -> Plain:
    kinds: tuple[Plain, ...] = (
        {"type": "tick"},
        {"type": "date", "days": "working"},
        {"type": "number", "least": 1, "greatest": 9},
        {"type": "text"},
        {"type": "person"},
        {"choice": {"left": "To the left", "right": "To the right"}},
        {"scale": "grades"},
        {"rows": {"what": "text", "who": "person", "by": "date"}, "most": 2},
    )
    named = {making.name(): {"label": f"How is {number}?", **each} for number, each in enumerate(kinds)}
    return {"overall": {"label": "Over all", "scale": "grades"}, **named}


def _activity(making: Making, roles: dict[str, list[str]], questions: Plain) -> Plain:
    about = making.pick(("case", "case", "person", "place", "theme", "nothing"))
    rule = making.rule("QUO")
    graded = about in ("case", "person") and (about == "case" or making.chance())
    asks = [*(["overall"] if graded else []), *making.some([each for each in questions if each != "overall"])]
    work: Plain = {"rule": rule, "title": f"Look {rule}", "plural": f"Looks {rule}", "about": about, "ask": asks}
    work |= {"grade": "overall"} if graded else {}
    if about == "person" and making.chance():
        others = [each for each in roles["all"] if each != roles["staff"][-1]]
        owed = [{"rule": rule, "for-each": roles["staff"][-1], "owes": making.some(others)}]
        return work | {"every": "since last", "opens": "last + 2 months", "due": "last + 6 months", "do": owed}
    if making.draw(st.integers(0, 5)) == 0:
        return work | {"asked-by": making.some(roles["all"])}
    work |= {"every": making.pick(RHYTHMS), "do": [_quota(making, roles, rule)]}
    if about == "case" and making.chance():
        work["cases"] = {"rule": rule, "never": making.some(["involved", "oversight", "own-team"], most=3)}
        work["cases"] |= {"line": "alternate"} if work["cases"]["never"] == ["involved"] and making.chance() else {}
    return work


def _quota(making: Making, roles: dict[str, list[str]], rule: str) -> Plain:
    if making.chance():
        return {"rule": rule, "per": making.pick(roles["all"]), "count": _few(making, 1, 3)}
    most = {"most": 2} if making.chance() else {}
    return {"rule": rule, "shared-by": making.some(roles["all"]), "count": _few(making, 1, 12), **most}


def _graded(making: Making) -> list[str]:
    return [name for name, each in making.whole["activities"].items() if "grade" in each]


def _work_moments(making: Making) -> None:
    making.things += [
        f"{name}.{moment}"
        for name in making.whole["activities"]
        for moment in ("given", "submitted", "final", "withdrawn")
    ]


def _sample(making: Making, roles: dict[str, list[str]]) -> Plain:
    drawn = making.pick(({"share": f"{making.draw(st.integers(1, 100))}%", "least": 1}, {"count": _few(making, 1, 4)}))
    who = making.pick(("owes", "shared-by"))
    rule = making.rule("MOD")
    sample: Plain = {
        "rule": rule,
        "title": f"Second look {rule}",
        "of": making.some(_graded(making)),
        "every": making.pick(("week from 2026-04-06", "month", "2 weeks from 2026-04-06")),
        who: making.some(roles["all"]),
        "due": f"drawn + {making.pick(SOON)}",
        **drawn,
    }
    places = making.pick((None, "team", "service", "auditor", "activity"))
    return sample | ({"in-each": places} if places else {})


def _duty(making: Making, roles: dict[str, list[str]], questions: Plain, labels: Sequence[str]) -> Plain:
    when = making.some(making.things, most=1)
    rule = making.rule("DDL")
    duty: Plain = {"rule": rule, "title": f"Duty {rule}", "when": when}
    work = when[0].partition(".")[0]
    if work in _graded(making) and when[0].endswith("submitted") and making.chance():
        duty["if"] = {"grade": making.some(labels, most=len(labels) - 1)}
    people = making.some(roles["all"])
    kind = making.pick(("owes", "owes-each", "tell"))
    if kind == "tell":
        return duty | {"tell": people}
    duty[kind] = people
    duty["due"] = making.pick(("none", *(f"opened + {each}" for each in SOON)))
    if making.chance():
        duty["ask"] = making.some([each for each in questions if each != "overall"], most=3)
    if duty["due"] != "none" and making.chance():
        duty["put-off"] = {"times": 1, **({"approve": [making.pick(roles["all"])]} if making.chance() else {})}
    if kind == "owes" and duty["due"] != "none" and making.chance():
        duty["let-off"] = {"approve": [making.pick(roles["all"])]}
    if duty["due"] != "none" and when[0].endswith("submitted") and making.chance():
        duty["holds"] = "final"
    return duty


def _alert(making: Making, roles: dict[str, list[str]], labels: Sequence[str], duties: Plain) -> Plain:
    """An alert, with a ladder of its own that repeats, about the first graded work."""
    graded = [each for each in _graded(making) if making.whole["activities"][each]["about"] == "case"]
    if not graded or not making.chance():
        return {}
    rule, ladder = making.rule("ALT"), making.name()
    duties[making.name()] = {
        "rule": rule,
        "title": "An alarm",
        "when": [f"{graded[0]}.submitted"],
        "if": making.pick(({"any-grade": [labels[-1]]}, {"concern": True})),
        "owes": making.some(roles["council"]),
        "due": "none",
        "ask": ["acknowledged"],
        "ladder": ladder,
    }
    steps: list[Plain] = [
        {
            "rule": rule if not index else making.rule("ALT"),
            "at": at,
            "to": ["owes"] if not index else making.some(roles["council"]),
            "send": send,
            "lane": "alert",
        }
        for index, (send, at) in enumerate(ALERT_STEPS)
    ]
    steps[-1]["repeat"] = f"last + {making.pick(('1 working day', '4 working hours', '1 day'))}"
    return {ladder: {"title": "Alarm", "steps": steps}}


def _gatherings(making: Making, roles: dict[str, list[str]]) -> Plain:
    gatherings: Plain = {}
    for _ in range(_few(making, 0, 2)):
        rule = making.rule("MTG")
        day: Plain = {
            "rule": rule,
            "title": f"Meeting {rule}",
            "every": making.pick(("month", "2 weeks from 2026-04-08", "quarter")),
        }
        day |= {"to": making.some(roles["all"])} | ({"chair": making.pick(roles["council"])} if making.chance() else {})
        if making.chance():
            due = f"day - {making.pick(('1 working day', '3 days', '5 working days'))}"
            brought = {
                "rule": making.rule("RPT"),
                "title": "Papers",
                "owes-each": making.some(roles["all"]),
                "due": due,
            }
            day["brings"] = {making.name(): brought}
        gatherings[making.name()] = day
    return gatherings
