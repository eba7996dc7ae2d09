"""What people type is read as they mean it."""

import pytest

from qabot.messaging.typed import read_words


@pytest.mark.parametrize(
    ("typed", "word", "rest"),
    [
        ("mine", "mine", ""),
        ("MINE!!", "mine", ""),
        ("\ufeffmine", "mine", ""),
        ("“Mine”.", "mine", ""),
        ("/qabot", "qabot", ""),
        ("\u200bmi\u200bne\u00a0 2", "mine", "2"),
        ("ｍｉｎｅ", "mine", ""),
        (" ... submit   QA-1150 ", "submit", "QA-1150"),
        ("submit:\nQA-1150", "submit", "QA-1150"),
        ("ack,QA-1", "ack,qa-1", ""),
        ("👍", "", ""),
        ("", "", ""),
        ("!!!", "", ""),
    ],
)
def test_marks_case_and_what_cannot_be_seen_are_no_part_of_a_word(typed: str, word: str, rest: str) -> None:
    assert read_words(typed) == (word, rest)


def test_a_very_long_message_is_read_to_its_first_words() -> None:
    assert read_words("mine " + "x" * 100_000)[0] == "mine"
    assert read_words("!" * 100_000) == ("", "")
