"""Charts: read by ear and by eye, without colours, and with the numbers that they draw in a table."""

import xml.etree.ElementTree as ET
from collections.abc import Sequence

import pytest

from qabot.web.charts import broken, rounded_up
from qabot.web.drawing import environment

SVG = "{http://www.w3.org/2000/svg}"
AGREE = ["1 Disagree", "2 Neither", "3 Agree"]
ODD = "Care & <b>support</b>, which has a name of its own that is longer than a line"


def chart(call: str, **values: object) -> ET.Element:
    """The figure that a call of a macro makes."""
    text = environment().from_string("{% import 'charts.html' as charts %}{{ charts." + call + " }}").render(**values)
    return ET.fromstring(text)


def cells(figure: ET.Element) -> list[list[str]]:
    """The rows of its table."""
    return [["".join(cell.itertext()) for cell in row] for row in figure.iter("tr")]


def drawing(figure: ET.Element) -> ET.Element:
    """Its picture."""
    return next(figure.iter(f"{SVG}svg"))


def said(figure: ET.Element) -> Sequence[str]:
    """Its title and its description, as its picture is named by."""
    picture = drawing(figure)
    assert picture.get("role") == "img"
    named = {each.get("id"): "".join(each.itertext()) for each in picture if each.get("id")}
    return [named[each] for each in (picture.get("aria-labelledby") or "").split()]


def widths(figure: ET.Element) -> list[float]:
    """How wide each part is, in hundredths of the whole, without hatching."""
    parts = drawing(figure).iter(f"{SVG}rect")
    return [
        float((each.get("width") or "").rstrip("%"))
        for each in parts
        if (each.get("width") or "").endswith("%") and not (each.get("fill") or "").startswith("url")
    ]


CALLS = {
    "bars": ("bars('c', 'Title', rows, what='Team')", [(ODD, 4), ("South", None)]),
    "stacked": ("stacked('c', 'Title', keys, rows, what='Team')", [(ODD, (1, 0, 3)), ("South", None)]),
    "diverging": ("diverging('c', 'Title', keys, rows, what='Team')", [(ODD, (1, 2, 3)), ("South", None)]),
    "lines": ("lines('c', 'Title', keys, rows, what='Month')", [(ODD, (1, None, 3)), ("South", (0, 1, None))]),
}


@pytest.mark.parametrize("name", CALLS)
def test_each_chart_has_a_name_its_numbers_in_words_and_a_table(name: str) -> None:
    call, rows = CALLS[name]
    figure = chart(call, rows=rows, keys=AGREE)
    title, desc = said(figure)
    assert title == "Title"
    assert ODD in desc
    assert "hidden" in desc
    table = cells(figure)
    assert any(ODD in cell for row in table for cell in row)
    assert any("hidden" in row for row in table)
    assert not [each for each in figure.iter() if each.get("style")], "our own pages allow no style in a tag"
    letters = " ".join("".join(each.itertext()) for each in drawing(figure).iter(f"{SVG}text"))
    assert ODD in " ".join(letters.split())


def test_parts_of_a_row_fill_it_and_hold_their_numbers() -> None:
    figure = chart("stacked('c', 'T', keys, rows, what='')", keys=AGREE, rows=[("A", (1, 0, 3))])
    assert widths(figure) == [24.75, 74.25]
    texts = ["".join(each.itertext()) for each in drawing(figure).iter(f"{SVG}text")]
    assert texts[-2:] == ["1", "3"]


def test_rows_that_count_are_as_wide_as_what_they_count() -> None:
    figure = chart(
        "stacked('c', 'T', keys, rows, share=false, what='')", keys=AGREE, rows=[("A", (1, 0, 1)), ("B", (0, 4, 0))]
    )
    assert widths(figure) == [24.75, 24.75, 99.0]


def test_a_scale_stands_on_both_sides_of_one_line() -> None:
    figure = chart("diverging('c', 'T', keys, rows, what='')", keys=AGREE, rows=[("A", (1, 2, 1)), ("B", (0, 0, 4))])
    lines = {each.get("x1") for each in drawing(figure).iter(f"{SVG}line")}
    # Of A a half is on the left; of B nothing: the line is a third from the left.
    assert [float((each or "").rstrip("%")) for each in lines] == [pytest.approx(33.4, abs=0.3)]
    starts = [
        float((each.get("x") or "").rstrip("%"))
        for each in drawing(figure).iter(f"{SVG}rect")
        if "%" in (each.get("x") or "")
    ]
    assert min(starts) == pytest.approx(0.4, abs=0.01)
    assert starts[-1] == pytest.approx(33.4, abs=0.05)


def test_parts_are_told_apart_without_colours() -> None:
    five = [str(each) for each in range(1, 6)]
    figure = chart("diverging('c', 'T', keys, rows, what='')", keys=five, rows=[("A", (1, 1, 1, 1, 1))])
    hatched = {
        each.get("fill") for each in drawing(figure).iter(f"{SVG}rect") if (each.get("fill") or "").startswith("url")
    }
    assert hatched == {"url(#c-back)", "url(#c-forth)"}
    known = {f"url(#{each.get('id')})" for each in drawing(figure).iter(f"{SVG}pattern")}
    assert hatched <= known


def test_nothing_at_all_is_drawn_too() -> None:
    for call in ("bars('c', 'T', rows)", "stacked('c', 'T', keys, rows)", "diverging('c', 'T', keys, rows)"):
        assert widths(chart(call, keys=AGREE, rows=[])) == []
    assert cells(chart("stacked('c', 'T', keys, rows)", keys=AGREE, rows=[("A", (0, 0, 0))]))[-1] == [
        "A",
        "0",
        "0",
        "0",
    ]


def test_lines_leave_out_what_is_hidden() -> None:
    figure = chart("lines('c', 'T', keys, rows, what='')", keys=["a", "b", "c", "d"], rows=[("A", (1, None, 3, 4))])
    drawn = [each for each in drawing(figure).iter(f"{SVG}line") if "%" in (each.get("x1") or "")]
    assert len(drawn) == 1


def test_labels_are_broken_and_axes_end_on_a_plain_number() -> None:
    assert broken("one two three", 7) == ["one two", "three"]
    assert broken("", 7) == [""]
    assert [rounded_up(each) for each in (0, 1, 3, 7, 11, 60, 99, 101)] == [1, 1, 4, 8, 20, 60, 100, 200]
