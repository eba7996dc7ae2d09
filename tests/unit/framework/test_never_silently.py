"""What a file may never do silently: each sentence of the language's list with several faults of its kind.

A fault is laid over Newham's own file, as a council does it, and is told with its place and with what to write.
"""

from pathlib import Path

import pytest

from qabot.framework import lint, load
from qabot.messaging.files import Catalogue
from tests.unit.framework.conftest import SHIPPED, Write

REVIEW = "practice-learning-review"
DUTY = {
    "rule": "NEW-ALT-3",
    "title": "Look into it",
    "when": f"[{REVIEW}.final]",
    "owes": "[slt]",
    "due": "opened + 5 days",
}


@pytest.fixture(scope="module")
def messages() -> Catalogue:
    """The messages that ship."""
    return Catalogue.load([Path("messages")])


def entry(usual: dict[str, str], **keys: str | None) -> str:
    """An entry with these keys changed, on one line; None takes a key away."""
    given = {**usual, **{name.rstrip("_").replace("_", "-"): value for name, value in keys.items()}}
    return "{" + ", ".join(f"{name}: {value}" for name, value in given.items() if value is not None) + "}"


def duties(**named: str) -> str:
    """Duties by name, each on a line of its own."""
    lines = (f"  {name.replace('_', '-')}: {duty}\n" for name, duty in named.items())
    return "duties:\n" + "".join(lines)


def duty(**keys: str | None) -> str:
    """One duty of the council's own, `look`, with these keys changed."""
    return duties(look=entry(DUTY, **keys))


def problems(write: Write, text: str, messages: Catalogue) -> list[str]:
    """What is wrong with a file laid over Newham's, as people read it; each with a line and a column."""
    found = lint(load(write("ours", f"extends: newham\n{text}"), [SHIPPED], to_lint=True), messages)
    assert all(each.line > 0 and each.column > 0 for each in found)
    return [f"{each.where}: {each.what}" for each in found]


def check(write: Write, messages: Catalogue, text: str, expected: str) -> None:
    """That one problem begins so."""
    found = problems(write, text, messages)
    assert any(each.startswith(expected) for each in found), found


# A moment that nothing leaves.

UNLEFT = {
    "when it is put off, of what cannot be": (
        duty(when="[pim-date.put-off]"),
        "duties.look.when[1]: nothing leaves the moment 'pim-date.put-off': it has no 'put-off'; expected one of "
        "opened, done, late",
    ),
    "when it is late, of what has no date": (
        duty(when="[alert.late]"),
        "duties.look.when[1]: nothing leaves the moment 'alert.late': it has no date ('due: none'); expected one of "
        "opened, done",
    ),
    "when it is refused, of what nobody judges": (
        duty(when=f"[{REVIEW}.final, red-review.refused]"),
        "duties.look.when[2]: nothing leaves the moment 'red-review.refused': it has no 'judged-by'; expected one of "
        "opened, done, late",
    ),
    "when somebody is let off, of what nobody can be": (
        duty(when="[data-request.let-off]"),
        "duties.look.when[1]: nothing leaves the moment 'data-request.let-off': it has no 'let-off'; expected one of "
        "opened, done, late",
    ),
    "a date from such a moment": (
        duty(due="pim-date.put-off + 5 days"),
        "duties.look.due: 'pim-date.put-off' never has a date here",
    ),
    "an end with such a moment": (
        duty(ends_with="[alert.late]"),
        "duties.look.ends-with[1]: nothing leaves the moment 'alert.late': it has no date ('due: none'); expected one "
        "of opened, done",
    ),
    "a key taken away by the file above, on which another duty opened": (
        "duties:\n  actions: {put-off: null}\n",
        "duties.promised.when[1]: nothing leaves the moment 'actions.put-off': it has no 'put-off'; expected one of "
        "opened, done",
    ),
    "in another case": (
        duty(when=f"[{REVIEW}.Final]"),
        f"duties.look.when[1]: nothing leaves the moment '{REVIEW}.Final'; did you mean 'final'?",
    ),
    "what is told leaves none": (
        duty(when="[final-shared.done]"),
        "duties.look.when[1]: nothing leaves the moment 'final-shared.done': there is no 'final-shared' in this file",
    ),
}


@pytest.mark.parametrize("name", UNLEFT)
def test_a_moment_that_nothing_leaves_is_told(write: Write, messages: Catalogue, name: str) -> None:
    check(write, messages, *UNLEFT[name])


def test_what_has_no_date_and_is_put_off_gets_one_and_may_be_late(write: Write, messages: Catalogue) -> None:
    assert problems(write, duty(when="[actions.late]"), messages) == []
