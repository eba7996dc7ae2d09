"""What a message tells is held against whom it is sent to, in whatever way it is chosen (language, sentence 25)."""

from pathlib import Path

import pytest

from qabot.errors import Problem
from qabot.framework import Framework, lint, load
from qabot.messaging.files import Catalogue
from tests.unit.framework.conftest import SHIPPED, Write

SHIPPED_MESSAGES = Path("messages").resolve()
RULES = """extends: newham
rules:
  ABC-DDL-1: {text: A rule of another council., source: invented}
"""
DUTY = "rule: ABC-DDL-1, title: A duty, due: none, when: [practice-learning-review.submitted]"
FRONT = "---\nlane: due\nsummary: There is something to see.\nsample: audit\n{more}---\n# Title\n\nAsk for help.\n"


@pytest.fixture(scope="module")
def shipped() -> Catalogue:
    return Catalogue.load([SHIPPED_MESSAGES])


def found(write: Write, messages: Catalogue, text: str) -> list[Problem]:
    return lint(load(write("ours", f"{RULES}{text}"), [SHIPPED]), messages)


def own(tmp_path: Path, name: str, body: str, more: str = "") -> Catalogue:
    """The shipped messages, and one of the council's own."""
    folder = tmp_path / "messages"
    folder.mkdir()
    (folder / f"{name}.md").write_text(FRONT.format(more=more) + body, "utf-8")
    return Catalogue.load([SHIPPED_MESSAGES, folder])


def ladder(to: str, send: str, owes: str = "owes: [practice-lead]") -> str:
    return f"""duties:
  talk: {{{DUTY}, {owes}, ladder: theirs}}
ladders:
  theirs: {{title: Theirs, steps: [{{rule: ABC-DDL-1, at: opened, to: [{to}], send: {send}}}]}}
"""


def test_newhams_own_messages_go_to_those_for_whom_they_are(newham: Framework, shipped: Catalogue) -> None:
    assert lint(newham, shipped) == []


ORDINARY = f"""scales:
  steps: {{version: ours-1, shown: word, labels: {{one: One, met: Met, waits: This is waiting}}}}
questions:
  step: {{label: Step, scale: steps}}
activities:
  look: {{rule: ABC-DDL-1, title: look, plural: looks, asked-by: [slt], about: case, ask: [step], grade: step}}
duties:
  talk: {{{DUTY}, owes: [practitioner]}}
"""


def test_a_grade_may_be_called_by_an_ordinary_word(write: Write, shipped: Catalogue) -> None:
    """What ships for every council says "One answer is enough", and has never heard of this scale."""
    assert found(write, shipped, ORDINARY) == []


def test_such_a_word_in_a_message_of_the_councils_own_is_a_grade(write: Write, tmp_path: Path) -> None:
    ours = own(tmp_path, "duty", "It came out as One.\n", "audience: [whoever owes it]\n")
    [problem] = {each.what: each for each in found(write, ours, ORDINARY)}.values()
    assert "it tells a grade, in line 10" in problem.what


@pytest.mark.parametrize(
    ("text", "where"),
    [
        (ladder("practitioner", "red-alert"), "ladders.theirs.steps[1].to"),
        (ladder("owes", "red-alert", "owes: [practice-lead, practitioner]"), "ladders.theirs.steps[1].to"),
        (ladder("owner", "red-alert", "owes: [practitioner]"), "ladders.theirs.steps[1].to"),
        (ladder("owner", "red-alert", "owes-each: [practice-lead, practitioner]"), "ladders.theirs.steps[1].to"),
        (f"duties: {{talk: {{{DUTY}, tell: [slt, practitioner], send: red-alert}}}}\n", "duties.talk.tell"),
        (
            f"duties: {{talk: {{{DUTY}, owes: [slt], put-off: {{tell: [practitioner], send: pim-date}}}}}}\n",
            "duties.talk.put-off.tell",
        ),
        (
            "ladders: {moderation-due: {steps: [{rule: OURS-MOD-2, to: [practitioner], send: red-review}]}}\n",
            "ladders.moderation-due.steps[2].to",
        ),
        (
            "ladders: {review-due: {steps: [{rule: NEW-REM-2, to: [practitioner], send: audit-submitted}]}}\n",
            "ladders.review-due.steps[2].to",
        ),
    ],
    ids=["step", "owes", "owner", "owes-each", "tell", "put-off", "a sample's ladder", "an activity's ladder"],
)
def test_a_message_that_tells_a_grade_is_refused_wherever_it_may_reach_the_practitioner(
    write: Write, shipped: Catalogue, text: str, where: str
) -> None:
    (problem,) = found(write, shipped, text)
    assert problem.where == where
    assert "may go to the practitioner here, and it tells the grade" in problem.what
    assert "send another message" in problem.what


def test_its_line_is_that_of_the_file_at_hand(write: Write, shipped: Catalogue) -> None:
    text = "ladders:\n  review-actions:\n    steps:\n      - rule: NEW-ESC-1.0\n        send: red-alert\n"
    (problem,) = found(write, shipped, text)
    assert (Path(problem.file).name, problem.line, problem.where) == (
        "ours.yaml",
        8,
        "ladders.review-actions.steps[1].send",
    )


@pytest.mark.parametrize("to", ["practice-lead", "owner", "owes", "quality", "auditor", "line-manager"])
def test_others_may_read_it(write: Write, shipped: Catalogue, to: str) -> None:
    assert found(write, shipped, ladder(to, "red-alert")) == []


def test_a_step_that_is_switched_off_is_sent_to_nobody(write: Write, shipped: Catalogue) -> None:
    text = "without: [NEW-ESC-1.0]\nladders: {review-actions: {steps: [{rule: NEW-ESC-1.0, send: red-alert}]}}\n"
    assert found(write, shipped, text) == []


def test_what_is_written_for_others_is_not_sent_to_the_practitioner(write: Write, shipped: Catalogue) -> None:
    (problem,) = found(write, shipped, ladder("practitioner", "promised-date-to-slt"))
    assert "it is written for slt" in problem.what
    assert "add 'practitioner' to its 'audience'" in problem.what


TELLING = [
    "It is {{ audit.grade }}.",
    'It is {{ audit["grade"] }}.',
    'It is {{ audit | attr("grade") }}.',
    "It is {{ audit['gr' ~ 'ade'] }}.",
    'It is {{ items | map(attribute="audit.grade") | join_and }}.',
    "{% set mine = items[0] %}\nIt is {{ mine.audit.grade }}.",
    "{% for item in items %}\nIt is {{ item.audit.grade }}.\n{% endfor %}",
    "{% if audit.grade %}\nThere is a grade.\n{% endif %}",
    "{{ 'Please look twice.' if audit.grade in ('a', 'b') else 'All is well.' }}",
    "{% if alert %}\nPlease see your manager.\n{% endif %}",
    "{% if items[0].alert %}\nPlease see your manager.\n{% endif %}",
    "Also told: {{ alert.told | join_and }}.",
    "It was RED (Inadequate).",
    '{{ recipient.team | default("RED (Inadequate)", true) }}',
    "It was looked at again: {{ moderation.layer }}.",
]


@pytest.mark.parametrize("body", TELLING)
def test_what_a_message_tells_is_read_from_its_text(write: Write, tmp_path: Path, body: str) -> None:
    messages = own(tmp_path, "ours", f"\n{body}\n")
    (problem,) = found(write, messages, ladder("practitioner", "ours"))
    assert "it tells" in problem.what
    assert str(tmp_path / "messages" / "ours.md") in problem.what


def test_so_it_is_in_the_rows_of_a_list(write: Write, tmp_path: Path) -> None:
    messages = own(tmp_path, "ours", "\n{{ rows }}\n", 'rows: "{{ item.audit.reference }}: {{ item.audit.grade }}"\n')
    (problem,) = found(write, messages, ladder("practitioner", "ours"))
    assert "it tells the grade" in problem.what


@pytest.mark.parametrize(
    "body", ["Its team is {{ audit.team }}.", 'Its team is {{ audit["team"] }}, of {{ items[0].audit.service }}.', ""]
)
def test_a_message_that_tells_none_may_be_sent(write: Write, tmp_path: Path, body: str) -> None:
    assert found(write, own(tmp_path, "ours", f"\n{body}\n"), ladder("practitioner", "ours")) == []


@pytest.mark.parametrize(
    ("name", "text", "where"),
    [
        ("duty", f"duties: {{talk: {{{DUTY}, owes: [practitioner]}}}}\n", "duties.talk.owes"),
        ("duty-late", f"duties: {{talk: {{{DUTY}, owes-each: [practitioner]}}}}\n", "duties.talk.owes"),
        ("duty-news", f"duties: {{talk: {{{DUTY}, tell: [practitioner]}}}}\n", "duties.talk.tell"),
        (
            "duty-new-date",
            f"duties: {{talk: {{{DUTY}, owes: [slt], put-off: {{tell: [practitioner]}}}}}}\n",
            "duties.talk.put-off.tell",
        ),
    ],
)
def test_a_message_that_nobody_named_is_held_to_it_too_where_a_council_has_its_own(
    write: Write, tmp_path: Path, name: str, text: str, where: str
) -> None:
    messages = own(tmp_path, name, "\nIt is {{ audit.grade }}.\n")
    problems = found(write, messages, text)
    assert (where, True) in [(each.where, "it tells the grade" in each.what) for each in problems]


def test_judging_is_held_to_it_too(write: Write, tmp_path: Path) -> None:
    messages = own(tmp_path, "duty", "\nIt is {{ audit.grade }}.\n")
    problems = found(write, messages, f"duties: {{talk: {{{DUTY}, owes: [slt], judged-by: [practitioner]}}}}\n")
    assert any("it tells the grade" in each.what for each in problems)


@pytest.mark.parametrize(
    ("keys", "where"),
    [
        ('owes: [practice-lead, practitioner], ask: [quality], done: "It is {quality}"', ["duties.look.done"]),
        ("owes: [practice-lead, practitioner], ask: [quality], done: Seen", []),
        ('owes: [practitioner], ask: [quality], done: "You said {quality}"', []),
        ('owes: [practice-lead], ask: [quality], done: "It is {quality}"', []),
    ],
    ids=["others' grade", "not said", "their own", "not theirs"],
)
def test_what_cards_say_was_answered_is_held_to_it_too(
    write: Write, shipped: Catalogue, keys: str, where: list[str]
) -> None:
    text = f"questions: {{quality: {{label: How good is it?, scale: brag}}}}\nduties: {{look: {{{DUTY}, {keys}}}}}\n"
    assert [each.where for each in found(write, shipped, text)] == where


def test_a_councils_own_word_for_a_grade_is_one(write: Write, tmp_path: Path) -> None:
    messages = own(tmp_path, "ours", "\nThe work Meets The Standard.\n")
    scale = "scales: {brag: {labels: {green: Meets The Standard}}}\n"
    assert found(write, messages, ladder("practitioner", "ours")) == []
    (problem,) = found(write, messages, scale + ladder("practitioner", "ours"))
    assert "it tells a grade, in line 10" in problem.what
