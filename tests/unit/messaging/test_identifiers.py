"""The identifier check finds what may point to a child, and leaves the words of everyday work alone."""

import random
from datetime import date, timedelta

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from stdnum.gb import nhs

from qabot.errors import IdentifierFound
from qabot.messaging.identifiers import check_text, find, looks_like_nhs_number
from qabot.messaging.values import day

CASES = r"[0-9]{6,8}"


def kinds(text: str, **options: object) -> set[str]:
    return {hit.kind for hit in find(text, **options)}  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("See 943 476 5919 please", "NHS number"),
        ("See 943-476-5919", "NHS number"),
        ("See 943\u00a0476\u00a05919", "NHS number"),
        ("See ９４３４７６５９１９", "NHS number"),
        ("See (943) 476 5919", "NHS number"),
        ("See 943     476     5919", "NHS number"),
        ("943  \r\n  476  \r\n  5919", "NHS number"),
        ("943\u2003 \u00a0\u2009 476\t\t\t\t5919", "NHS number"),
        ("AB 12     34\n\n\n\n56 C", "National Insurance number"),
        ("E13     9PJ", "postcode"),
        ("born on     3     May     2015", "date of birth"),
        ("07700     900     123", "phone number"),
        ("see 10.0.0.5/case/12", "web address"),
        ("see 10.0.0.5:8080/case/12", "web address"),
        ("UPN C316499916001", "unique pupil number"),
        ("AB 12 34 56 C", "National Insurance number"),
        ("ab123456c", "National Insurance number"),
        ("QQ123456C", "National Insurance number"),
        ("They live in E13 9PJ", "postcode"),
        ("sw1a1aa", "postcode"),
        ("DOB 21/11/2016", "date of birth"),
        ("d.o.b. 3-5-15", "date of birth"),
        ("born on the 3rd of May 2015", "date of birth"),
        ("2015-05-03 is the date of birth", "date of birth"),
        ("aged seven on 12 March 2026", "date of birth"),
        ("Ring 07700 900123", "phone number"),
        ("Ring 07700\u2011900\u2011123", "phone number"),
        ("Ring +44 (0) 7700 900 123", "phone number"),
        ("Ring 020 7946 0018", "phone number"),
        ("Ring 0161 496 0123", "phone number"),
        ("mum is at someone@example.com", "e-mail address"),
        ("see https://cases.example/12", "web address"),
        ("see-https://cases.example/12", "web address"),
        ("see cases.example.gov.uk/child/12", "web address"),
    ],
)
def test_each_kind_is_found_in_the_shapes_people_write(text: str, kind: str) -> None:
    assert kind in kinds(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "review by 21 November 2026",
        "Q3 2nd review, 4 of 5 done",
        "The team manager finished page 12 on 21 November 2026",
        "QA-1042, case 12345678, quarter 2026-2027",
        "They worked with the whole family, and/or the school, at 9:30am.",
        "Moderated 23/11/2026, first contact 14/12/2026, then 29/12/2026",
        "Three audits, 20% of 40, over 1,000 hours",
    ],
)
def test_everyday_words_are_no_hit(text: str) -> None:
    assert find(text) == ()


@settings(deadline=None)
@given(st.dates(date(2020, 1, 1), date(2040, 1, 1)))
def test_a_date_by_itself_is_never_a_hit(when: date) -> None:
    for written in (day(when), f"{when:%d/%m/%Y}", when.isoformat()):
        assert find(f"review by {written}") == ()


@settings(deadline=None)
@given(st.dates(date(2004, 1, 1), date(2026, 1, 1)), st.sampled_from(["dob", "born", "age", "Date of birth:", "AGED"]))
def test_a_date_near_a_word_about_birth_is_always_a_hit(when: date, word: str) -> None:
    for written in (day(when), f"{when:%d/%m/%Y}", f"{when:%d.%m.%y}", when.isoformat()):
        assert "date of birth" in kinds(f"{word} {written}")
        assert "date of birth" in kinds(f"{written}, {word}")


def test_a_date_far_from_a_word_about_birth_is_no_hit() -> None:
    assert find("They talked about the age of majority and about what comes next for them; due 21 November 2026") == ()


@settings(deadline=None)
@given(st.integers(0, 10**9 - 1))
def test_every_valid_nhs_number_is_found_however_it_is_grouped(stem: int) -> None:
    digits = f"{stem:09}"
    number = next((digits + last for last in "0123456789" if nhs.is_valid(digits + last)), None)
    assume(number is not None)
    assert number is not None
    for written in (number, f"{number[:3]} {number[3:6]} {number[6:]}", f"({number})"):
        assert "NHS number" in kinds(f"about {written}.")
    assert looks_like_nhs_number(number)


@settings(deadline=None)
@given(st.integers(100_000, 99_999_999))
def test_a_case_reference_is_never_a_hit(reference: int) -> None:
    assert find(f"Please look at {reference} and say more", case_reference=CASES) == ()


def test_a_council_may_use_ten_digits_and_anchors_in_its_pattern() -> None:
    assert kinds("case 9434765919") == {"NHS number"}
    assert find("case 9434765919", case_reference=r"^[0-9]{10}$") == ()


def test_a_case_reference_inside_a_longer_number_hides_nothing() -> None:
    assert "NHS number" in kinds("9434765919", case_reference=CASES)
    assert "phone number" in kinds("07700 900123", case_reference=CASES)


def test_the_council_s_own_e_mail_domains_may_be_allowed() -> None:
    allowed = {"council.example"}
    assert find("ask sam@council.example or pat@qa.council.example", allowed_domains=allowed) == ()
    assert kinds("ask sam@notcouncil.example", allowed_domains=allowed) == {"e-mail address"}


def test_only_postcodes_and_phone_numbers_may_be_overridden() -> None:
    text = "943 476 5919 AB123456C C316499916001 dob 1/2/2015 E13 9PJ 07700 900123 a@b.example http://x.example"
    assert {hit.kind for hit in find(text) if hit.overridable} == {"postcode", "phone number"}
    assert len(find(text)) == 8


def test_the_error_names_the_kinds_and_never_the_value() -> None:
    with pytest.raises(IdentifierFound) as caught:
        check_text("943 476 5919 in E13 9PJ")
    assert caught.value.kinds == ("NHS number", "postcode")
    assert "an NHS number and a postcode" in str(caught.value)
    assert "5919" not in str(caught.value)
    assert "E13" not in str(caught.value)
    assert "5919" not in repr(caught.value)


@settings(deadline=None)
@given(st.text(max_size=300))
def test_any_text_can_be_checked(text: str) -> None:
    assert isinstance(find(text, case_reference=CASES), tuple)


def test_about_one_ten_digit_number_in_eleven_looks_like_an_nhs_number() -> None:
    draw = random.Random(7)
    share = sum(looks_like_nhs_number(f"{draw.randrange(10**10):010}") for _ in range(5000)) / 5000
    assert 0.07 < share < 0.12


def test_a_reference_of_eight_digits_is_no_nhs_number() -> None:
    assert not looks_like_nhs_number("94347659")


def test_a_hit_lies_within_seconds_whatever_the_length() -> None:
    assert find("1 " * 20_000 + "x" * 20_000 + "." * 5_000) == ()


def test_days_in_a_row_are_no_phone_number() -> None:
    first = date(2026, 11, 1)
    assert find(", ".join(f"{first + timedelta(days=at):%d/%m/%Y}" for at in range(60))) == ()
