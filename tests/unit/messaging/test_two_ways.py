"""Words that are written from right to left stand by themselves on a page, and nothing else of it changes."""

import pytest

from qabot.messaging.card import Card, Paragraph, Run
from qabot.messaging.two_ways import set_apart
from qabot.web.drawing import draw
from qabot_email.drawing import as_html

NOOR = "نور"


@pytest.mark.parametrize(
    ("page", "shown"),
    [
        (f"<p>Given by {NOOR}, 3 of 5.</p>", f"<p>Given by <bdi>{NOOR}</bdi>, 3 of 5.</p>"),
        ("<td> חיים כהן (2) </td>", "<td> <bdi>חיים כהן (2)</bdi> </td>"),
        (f"<p>{NOOR} &amp; Ade</p>", f"<p><bdi>{NOOR}</bdi> &amp; Ade</p>"),
        (f"<p>شكرا، {NOOR}: 3.</p>", f"<p><bdi>شكرا، {NOOR}: 3.</bdi></p>"),
        (f"<b>{NOOR}</b> 3", f"<b><bdi>{NOOR}</bdi></b> 3"),
    ],
)
def test_what_follows_such_a_name_keeps_its_place(page: str, shown: str) -> None:
    assert set_apart(page) == shown


@pytest.mark.parametrize(
    "page",
    [
        "<p>Given by Ade, 3 of 5.</p>",
        f'<p title="{NOOR}, 3">x</p>',
        f"<title>{NOOR}, 3</title>",
        f'<select><option value="1">{NOOR}, 3</option></select>',
        f'<textarea name="x">\n{NOOR}, 3</textarea>',
        f"<svg><title>x</title><text>{NOOR}, 3</text></svg>",
        f"<!-- <p>{NOOR}, 3</p> -->",
    ],
)
def test_what_takes_no_element_stays_as_it_is(page: str) -> None:
    assert set_apart(page) == page


def test_pages_and_mails_are_drawn_so() -> None:
    card = Card("A title", "A sentence.", blocks=(Paragraph((Run(f"Given by {NOOR}, 3 of 5."),)),))
    said = f"Given by <bdi>{NOOR}</bdi>, 3 of 5."
    assert said in as_html(card, "https://qabot.example")
    assert said in draw("broken.html", title="A title", sentence=f"Given by {NOOR}, 3 of 5.")
