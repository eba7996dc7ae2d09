"""No module of the service, no adapter and no template says a council's words: they stand in frameworks/ and messages/.

The words come from every shipped framework; whole files are read, with comments and docstrings.
"""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from qabot.framework.loader import load
from qabot.framework.schema import OWN_QUESTIONS

ROOT = Path(__file__).parents[2]
DATA = ("demo/", "messaging/samples.py", "models/migrations/")
"""Invented people and samples are data; migrations are about the past."""
ALLOWED = {
    "alert": "design.md: what is shown at once, and acknowledged",
    "action": "design.md: something to be done after an audit",
    "outcome": "the adapter's word for what became of a send",
    "group": "an English word: commands, rows and answers stand in groups",
    "board": "an English word",
    "director": "an English word: whoever stands above a role in an example",
    "overall": "the language: `if: {grade: ...}`, the grade of the whole",
    "An immediate concern": "the language: what `concern` says in full",
    "actions": "the language: has-actions, what is to be done after an audit",
    "chair": "the language: who chairs a gathering",
    "qa": "quality assurance is what the service is for",
    "quality-assurance": "quality assurance is what the service is for",
    "promised": "an English word: messages read deadline.promised",
    "quality assurance": "quality assurance is what the service is for",
    "moderation": "design.md: a second look",
    "Good": "an English word",
    "Outstanding": "an English word: what is still to do",
    "Action": "an English word: what a button does",
    "audit": "design.md: one piece of work",
    "agreement": "an English word: whoever must agree",
    "check": "an English word: what is made sure of",
    "complete": "an English word: every question is answered",
    "concern": "the language: concern.raised, and `if: {concern: true}`",
    "Immediate concerns": "the language: what `concern` says in full",
    "sample": "the language: what is looked at again",
    "feedback": "an English word",
    "findings": "an English word: what doctor and the identifier check find",
    "seen": "an English word",
    "service": "qabot itself, and what a team belongs to",
    "talked": "an English word",
    "together": "an English word",
    "social-worker": "messages: whoever may be the practitioner, by the law's name of the profession",
    "theme": "the language: what work may be about",
    "share": "the language: by which a nominee says who may read it; an English word",
    "Who else may read it?": "the label of that question, which qabot asks itself too when somebody changes their mind",
    "may-be-shared": "the language: by which somebody says that a nomination may stand in the library",
    "A little": "English words",
    "Not at all": "English words",
    "measure": "an English word: what figures count",
    "Senior Leader": "English words: whoever stands above all services",
    "Agree": "English words: the scale of agreement, which a pulse may ask by and charts name the ends of",
    "Disagree": "as Agree",
    "Strongly agree": "as Agree",
    "Strongly disagree": "as Agree",
    "No change": "English words: what stays as it is",
}


PIECE = re.compile(r"[\w-]+")


@cache
def words() -> frozenset[str]:
    """Names and titles of what the frameworks define, their scales' keys and labels, and their abbreviations."""
    return frozenset(word for file in (ROOT / "frameworks").glob("*.yaml") for word in _words(file)) - ALLOWED.keys()


def _words(file: Path) -> Iterator[str]:
    framework = load(str(file), [file.parent])
    questions = {name: each for name, each in framework.questions.items() if name not in OWN_QUESTIONS}
    parts = (
        framework.roles,
        framework.activities,
        framework.samples,
        framework.duties,
        framework.ladders,
        questions,
        framework.gatherings,
        framework.events,
    )
    for part in parts:
        for name, each in part.items():
            title = getattr(each, "title", None) or getattr(each, "label", "") or ""
            yield from (name, title, *re.findall(r"\b[A-Z]{3,}\b", title))
    yield from (_noun(activity.title) for activity in framework.activities.values())
    for scale in framework.scales.values():
        yield from (key.upper() for key in scale.labels if not key.isdecimal())
        yield from scale.labels.values()


def _noun(title: str) -> str:
    """What a piece of work is called for short: "review" of "Practice Review", "visit" of "visit of a family"."""
    return title.partition(" of ")[0].split()[-1].lower()


@cache
def pattern() -> re.Pattern[str]:
    """Each word alone, also in the plural; titles in any case, single words as they are written."""
    longest = sorted(filter(None, words()), key=len, reverse=True)
    each = (f"(?i:{re.escape(word)})" if re.search("[ -]", word) else re.escape(word) for word in longest)
    return re.compile(rf"(?<![\w-])({'|'.join(each)})s?(?![\w-])")


@cache
def beginnings() -> frozenset[str]:
    """What each word begins with, alone and in the plural. Most lines have none, and looking for 500 words is slow."""
    first = [each[0].lower() for each in map(PIECE.match, filter(None, words())) if each]
    assert len(first) == len(words() - {""})
    return frozenset([*first, *(f"{each}s" for each in first)])


def faults(path: Path, root: Path) -> Iterator[str]:
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        if beginnings().isdisjoint(PIECE.findall(line.lower())):
            continue
        for hit in pattern().finditer(line):
            yield f"{path.relative_to(root)}:{number}: {hit[0]}"


def sources(root: Path) -> Iterator[Path]:
    inside = root / "src" / "qabot"
    places = (inside, *sorted(root.glob("adapters/*/src")))
    for path in sorted(path for place in places for kind in ("*.py", "*.html") for path in place.rglob(kind)):
        if not (path.is_relative_to(inside) and str(path.relative_to(inside)).startswith(DATA)):
            yield path


def test_nothing_of_a_council_is_in_python_or_a_template() -> None:
    paths = list(sources(ROOT))
    assert {path.suffix for path in paths} == {".py", ".html"}
    assert [fault for path in paths for fault in faults(path, ROOT)] == []


@pytest.mark.parametrize(
    "line",
    [
        'ROLE = "head-of-service"',
        "# The Heads: a Head of Service",
        '"It is RED."',
        "PIM",
        "the Practice Lead",
        "reviews",
        "an observation",
        "supervision-agreement",
    ],
)
def test_a_councils_word_is_seen(tmp_path: Path, line: str) -> None:
    path = tmp_path / "module.py"
    path.write_text(line, "utf-8")
    assert list(faults(path, tmp_path))


def test_nobody_is_sent_to_one_councils_quality_assurance() -> None:
    """Who runs quality assurance is called by its role's title (`Framework.quality`, in messages `council.quality`)."""
    paths = [*sources(ROOT), *(ROOT / "messages").glob("*.md")]
    said = re.compile(r"\bthe QA\s+\w+", re.IGNORECASE)
    assert [str(path.relative_to(ROOT)) for path in paths if said.search(path.read_text("utf-8"))] == []
