"""What people type is read as they mean it."""

import pytest

from qabot.messaging.typed import has, meant, read_words


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
        ("ack,QA-1", "ack", "QA-1"),
        ("submit:QA-1150", "submit", "QA-1150"),
        ("mine 👍", "mine", ""),
        ("Mine, please", "mine", ""),
        ("ack QA-1042\nThank you!", "ack", "QA-1042"),
        ("thank you", "thank", ""),
        ("@qabot mine 2", "mine", "2"),
        ("qabot: mine", "mine", ""),
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


@pytest.mark.parametrize("words", ["QA1042", "qa 1042", "QA\u20131042", "qa\u20111042", "1042", "for QA-1042."])
def test_a_reference_is_found_however_it_is_written(words: str) -> None:
    assert has("An alert: QA-1042 (case 7199999)", meant(words))
    assert not has("An alert: QA-1043 (case 7199999)", meant(words))
