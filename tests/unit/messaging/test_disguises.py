"""An identifier is found whatever it is written with, and the place that is named is the right one."""

import pytest

from qabot.errors import IdentifierFound
from qabot.messaging.disguises import as_seen, views
from qabot.messaging.identifiers import Hit, check_text, find

CASES = "[0-9]{6,8}"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("NHS9434765919", "NHS number"),
        ("94347\n65919", "NHS number"),
        ("9 4 3-4 7 6-5 9 1 9", "NHS number"),
        ("(943)-(476)-(5919)", "NHS number"),
        ("943\u2022476\u20225919", "NHS number"),
        ("९४३४७६५९१९", "NHS number"),
        ("9\ufe0f\u20e34\ufe0f\u20e33\u066476\u06659\u06619", "NHS number"),
        ("943\u3164 476\u180e 5919", "NHS number"),
        ("nine four three, four seven six, five nine one nine", "NHS number"),
        ("94347659I9", "NHS number"),
        ("O2O 7946 O18l", "phone number"),
        ("C316 4999 1600 1", "unique pupil number"),
        ("\u0421316499916001", "unique pupil number"),
        ("ab\n123456\nc", "National Insurance number"),
        ("\u0410\u0412-12-34-56-\u0421", "National Insurance number"),
        ("e13\u00a0 9pj", "postcode"),
        ("\u041513 9\u0420J", "postcode"),
        ("E 1 3 9 P J", "postcode"),
        ("dob21112016", "date of birth"),
        ("born 21st nov 2016", "date of birth"),
        ("her birthday is on 3 May", "date of birth"),
        ("date of\nbirth: 21 \u2212 11 \u2212 2016", "date of birth"),
        ("07700/900/123", "phone number"),
        ("tel0161 496 0123", "phone number"),
        ("double zero double four seven seven double zero nine double zero one two three", "phone number"),
        ("someone at example dot com", "e-mail address"),
        ("someone\uff20example.com", "e-mail address"),
        ("someone@\nexample.org", "e-mail address"),
        ("http : //cases.example/1", "web address"),
        ("hxxps://cases.example/1", "web address"),
        ("liquidlogic://case/12", "web address"),
        ("\\\\server\\cases\\1", "web address"),
    ],
)
def test_no_disguise_hides_it(text: str, kind: str) -> None:
    assert kind in {hit.kind for hit in find(text, case_reference=CASES)}


@pytest.mark.parametrize(
    "text",
    [
        "£250,000 (2025) and £943,476 (2026)",
        "by 12-10-26 a meeting is held",
        "07/12/2026 9:30, 2026-11-28T08:01:00Z, 2026-2027",
        "QA-1042-2026-01 and Windows 10.0.22631.4317",
        "Section B2, 4th review; KS2",
        "Look at it at home, e.g. on Mondays. Then they met",
        "case 943476, action 5919",
    ],
)
def test_what_only_looks_a_little_like_one_is_left_alone(text: str) -> None:
    assert find(text, case_reference=CASES) == ()


def test_a_letter_is_read_as_a_digit_beside_a_digit_alone() -> None:
    assert [each.text for each in views("Oil lO 9l O1O|")] == ["Oil lO 9l O1O|", "Oil lO 91 0101"]


def test_the_place_is_counted_in_the_text_as_it_was_written() -> None:
    text = "We met.\nPlease ri\u00adng 0\u200b7700 900123\u2028or write to a@b.example"
    assert find(text) == (Hit("phone number", True, 2, 3), Hit("e-mail address", False, 3, 4))
    with pytest.raises(IdentifierFound, match=r"\(look at line 2, word 3 and line 3, word 4\)"):
        check_text(text)
    with pytest.raises(IdentifierFound, match=r"\(look at word 4\)"):
        check_text("We saw them in E13 9PJ"[3:])


def test_what_may_be_excused_is_the_look_alike_alone() -> None:
    check_text("Room B12 3DE", excused=True)
    with pytest.raises(IdentifierFound) as caught:
        check_text("Room B12 3DE, 943 476 5919", excused=True)
    assert caught.value.kinds == ("NHS number",)


def test_a_view_knows_where_each_of_its_letters_came_from() -> None:
    text = "n\u0303 \u00bd\u00adx, seven O 1 two three nine nine"
    for view in views(text):
        assert len(view.text) == len(view.at)
        assert all(0 <= at < len(text) for at in view.at)
        assert list(view.at) == sorted(view.at)
    assert as_seen("\u00bd").at == (0, 0, 0)
