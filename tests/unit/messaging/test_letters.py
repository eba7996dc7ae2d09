"""What nobody can see is taken out, what languages and emoji need is kept, and no text is cut inside a letter."""

import unicodedata

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from qabot.adapter import Command, DirectoryEntry, PersonOption, Say, Submission, Who
from qabot.messaging.card import Button, Card, Facts, Heading, Run
from qabot.messaging.form import Field, Form, Option, check
from qabot.messaging.letters import clean, cut, first_seen, fit, units

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466"
WALES = "\U0001f3f4\U000e0067\U000e0062\U000e0077\U000e006c\U000e0073\U000e007f"
KEPT = [
    "O’Neill",
    "Siân Ŵyn",
    "Łukasz Żółć",
    "Nguyễn Thị Hương",
    "محمد علی\u200cرضا",
    "क्\u200dष",
    "山田太郎",
    "Αθηνά",
    FAMILY,
    WALES,
    "❤\ufe0f",
    "#\ufe0f\u20e3",
    "👍🏽",
    "🇬🇧",
    "a – b “c” …",
    "",
]
UNSEEN = [
    "\x00",
    "\x1b",
    "\x7f",
    "\x9b",
    "\xad",
    "\u061c",
    "\u115f",
    "\u180e",
    "\u200b",
    "\u200e",
    "\u200f",
    "\u202a",
    "\u202e",
    "\u2060",
    "\u2066",
    "\u2069",
    "\u2800",
    "\u3164",
    "\ud800",
    "\udfff",
    "\ue000",
    "\ufdd0",
    "\ufeff",
    "\ufff9",
    "\uffff",
    "\uffa0",
    "\U000e0041",
    "\U000e007f",
    "\U000f0000",
]
HOSTILE = st.text(
    st.one_of(st.characters(), st.sampled_from([*UNSEEN, "\u200d", "\ufe0f", "\u0301", "\r", "\n", "👩"]))
)
CUTTABLE = st.lists(
    st.sampled_from([FAMILY, WALES, "👍🏽", "🇬🇧", "e\u0301", "é", "ŵ", "क्\u200dष", "\r\n", " ", ",", "word", "x", "한"])
).map("".join)


def graphemes(text: str) -> list[str]:
    return regex.findall(r"\X", text)


@pytest.mark.parametrize("text", KEPT)
def test_what_languages_and_emoji_need_is_kept(text: str) -> None:
    assert clean(text) == text


@pytest.mark.parametrize("letter", UNSEEN, ids=ascii)
def test_what_cannot_be_seen_is_taken_out(letter: str) -> None:
    assert clean(f"A{letter}de") == "Ade"
    assert clean(letter * 3) == ""


@pytest.mark.parametrize("text", ["\u200d", "\ufe0f", "\u200c\u200d", "\ufe0f\u200d\ufe0f", "\U000e0100"], ids=ascii)
def test_what_only_joins_or_varies_is_nothing_alone(text: str) -> None:
    assert clean(text) == ""


def test_a_joiner_does_not_make_two_names_that_look_the_same() -> None:
    assert clean("A\u200dde") == clean("Ad\u200ce") == "Ade"


def test_spaces_and_line_ends_become_plain_ones() -> None:
    assert clean("a\u00a0b\u2003c\td\u3000e") == "a b c d e"
    assert clean("a\r\nb\u2028c\x85d\ve") == "a b c d e"
    assert clean("a\r\nb\u2028c\x85d\ve", lines=True) == "a\nb\nc\nd\ne"


def test_accents_are_written_in_one_way_and_not_piled_up() -> None:
    assert clean("Sia\u0302n") == "Siân"
    assert len(clean("a" + "\u0316" * 500)) < 10


@given(HOSTILE, st.booleans())
def test_cleaning_twice_is_cleaning_once_and_leaves_nothing_unseen(text: str, lines: bool) -> None:
    made = clean(text, lines=lines)
    assert clean(made, lines=lines) == made
    allowed = {"\u200c", "\u200d", *("\n" if lines else "")}
    for letter in made:
        kind = unicodedata.category(letter)
        assert kind not in {"Cc", "Cs", "Co", "Zl", "Zp"} or letter in allowed, ascii(made)
        assert letter not in UNSEEN or WALES[1:] in made or 0xE0030 <= ord(letter) <= 0xE007F, ascii(made)
    made.encode("utf-8")


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("=1", "="),
        ("\ufeff =1", "="),
        ("\u200b\t＝1", "="),
        ("﹦1", "="),
        ("＋1", "+"),
        ("＠a", "@"),
        ("⁼1", "="),
        ("\u3164", ""),
    ],
)
def test_the_first_letter_that_is_seen_in_its_plain_form(text: str, first: str) -> None:
    assert first_seen(text) == first


@given(CUTTABLE, st.integers(1, 60))
def test_a_cut_is_never_over_the_limit_and_never_inside_a_letter(text: str, limit: int) -> None:
    for made, end in ((cut(text, limit), "…"), (fit(text, limit), "")):
        assert units(made) <= limit
        if made != text:
            assert made.endswith(end)
            kept = graphemes(made.removesuffix(end))
            assert kept == graphemes(text)[: len(kept)]


@given(CUTTABLE, st.integers(1, 60))
def test_what_fits_is_not_cut_and_fitting_takes_all_there_is_room_for(text: str, limit: int) -> None:
    assert cut(text, units(text)) == fit(text, units(text)) == text
    kept = graphemes(fit(text, limit))
    rest = graphemes(text)[len(kept) :]
    assert not rest or units("".join(kept) + rest[0]) > limit


def test_a_cut_ends_after_a_whole_word() -> None:
    assert cut("Hello there, my friends", 13) == "Hello there…"
    assert cut("Hello there, my friends", 10) == "Hello…"
    assert cut("Donaudampfschifffahrt", 10) == "Donaudamp…"


def test_letters_are_counted_as_the_platforms_count_them() -> None:
    assert [units(each) for each in ("a", "é", "😀", FAMILY)] == [1, 1, 2, 11]


NAME = "A\u202ed\x1be\u200b\ud800"


def test_every_part_of_a_card_and_a_form_is_clean_whoever_made_it() -> None:
    form = Form(
        "f",
        NAME,
        (Field("a", NAME, hint=NAME, options=(Option(NAME, NAME),)),),
        NAME,
        NAME,
        "",
        {"a": [NAME]},
        {"a": NAME},
    )
    card = Card(NAME, NAME, blocks=(Heading(NAME), Facts(((NAME, (Run(NAME),)),))), buttons=(Button("a", NAME),))
    made = repr(
        (form, card, PersonOption(1, NAME), Say(NAME), Who("web", "1", name=NAME), DirectoryEntry("1", None, NAME))
    )
    assert "Ade" in made
    assert not [each for each in ("\\u202e", "\\x1b", "\\u200b", "\\ud800") if each in made]


def test_what_people_give_is_clean_before_anything_reads_it() -> None:
    who = Who("web", "1")
    assert Command(who, "mine\u200b", NAME) == Command(who, "mine", "Ade")
    assert Submission(who, "f", "", {"a": f"{NAME}\r\n{NAME}"}).values == {"a": "Ade\nAde"}


@pytest.mark.parametrize("kind", ["text", "long-text"])
def test_an_answer_of_nothing_that_can_be_seen_is_no_answer(kind: str) -> None:
    form = Form("f", "Title", (Field("a", "What", kind),))  # type: ignore[arg-type]
    assert check(form, {"a": "\u200b\u2060 \u3164"}) == ({}, {"a": "Write an answer."})
    assert check(form, {"a": "one\u202e\x00\ntwo"})[0] == {"a": "one\ntwo" if kind == "long-text" else "one two"}
