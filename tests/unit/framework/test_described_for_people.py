"""A framework as people read it: without keys and words of the file, and with sentences that begin as they should."""

import re
from datetime import date
from pathlib import Path

import pytest

from qabot.framework.describe import describe
from qabot.framework.describe_words import Naming, with_article
from qabot.framework.loader import load
from qabot.messaging.views import CycleView

COUNCILS = ("newham", "newham-whole", "herefordshire", "northamptonshire", "qpi-board")


@pytest.mark.parametrize("council", COUNCILS)
def test_no_key_of_the_file_and_no_small_letter_begins_a_line(council: str) -> None:
    framework = load(Path(f"frameworks/{council}.yaml"), [Path("frameworks")])
    sections = describe(framework, Naming({}))
    words = [each.title for each in sections] + [item.text for each in sections for item in each.items]
    assert [each for each in words if "Ladder: " in each or each.startswith("Scale ")] == []
    assert [each for each in words if each[:1].islower()] == []
    assert [each.title for each in sections if each.title.startswith("Reminders: ")]


@pytest.mark.parametrize(
    ("name", "span"),
    [
        ("October to December 2026", "October to December 2026"),
        ("month from 17 November 2026", "the month from 17 November 2026"),
        ("6 weeks from 2 November 2026", "the 6 weeks from 2 November 2026"),
    ],
)
def test_a_cycle_within_a_sentence(name: str, span: str) -> None:
    """It said "Your peer look for month from 17 November 2026"."""
    assert CycleView(name, "peer look", date(2026, 11, 17), date(2026, 12, 14)).span == span


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("peer look", "a peer look"),
        ("observation", "an observation"),
        ("Audit", "an Audit"),
        ("independent review", "an independent review"),
        ("unit visit", "a unit visit"),
        ("uninvited visit", "an uninvited visit"),
        ("one-to-one", "a one-to-one"),
        ("onerous check", "an onerous check"),
        ("SLT visit", "an SLT visit"),
        ("IRO check", "an IRO check"),
        ("UK check", "a UK check"),
        ("MASH visit", "a MASH visit"),
        ("QA visit", "a QA visit"),
    ],
)
def test_a_council_s_word_has_its_article(name: str, said: str) -> None:
    """It said "when a observation is submitted", also to whoever asked why they were told."""
    assert with_article(name) == said


@pytest.mark.parametrize("council", COUNCILS)
def test_no_sentence_has_a_before_a_vowel(council: str) -> None:
    framework = load(Path(f"frameworks/{council}.yaml"), [Path("frameworks")])
    text = " ".join(item.text for each in describe(framework, Naming()) for item in each.items)
    assert re.findall(r"\ba [aeio]\w+", text) == []
