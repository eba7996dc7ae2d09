"""A measure's picture: bars where there is something to draw, and the table alone where there are only noughts."""

import pytest

from qabot.planning.figures import Figure, Line
from qabot.web.drawing import environment

PERIODS = ("July to September 2026", "April to June 2026")


def drawn(*headlines: float | None, target: int | None = None) -> str:
    line = Line("", (30, 20), ((5,), (4,)), headlines)
    figure = Figure("ageing", "Open, by age", "service", "Open", ("Old",), "Old", "%", PERIODS, (line,), target=target)
    template = '{% from "figure-macros.html" import measure %}{{ measure([figure], {"service": "Service"}) }}'
    return environment().from_string(template).render(figure=figure)


@pytest.mark.parametrize("headlines", [(0, 0), (0.0, None), (None, None)])
def test_noughts_alone_are_said_by_the_table(headlines: tuple[float | None, ...]) -> None:
    shown = drawn(*headlines)
    assert "<svg" not in shown
    assert "<table" in shown


@pytest.mark.parametrize(("headlines", "target"), [((0, 20), None), ((20, None), None), ((0, 0), 80)])
def test_what_can_be_seen_is_drawn(headlines: tuple[float | None, ...], target: int | None) -> None:
    assert "<svg" in drawn(*headlines, target=target)
