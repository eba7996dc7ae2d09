"""The charts on the card that says that a survey's results can be read: what its page shows this reader, no more."""

from collections.abc import Sequence
from dataclasses import replace

import structlog

from qabot.errors import NotFound
from qabot.messaging.card import Card, Note, Picture
from qabot.models import SurveyRound
from qabot.models.rows import NoticeRow
from qabot.workflows.access.survey_results import reads, results
from qabot.workflows.core.unit import Unit

log = structlog.get_logger()
RESULTS = "survey-results"
"""The message that says so."""


def charts(unit: Unit, notices: Sequence[NoticeRow]) -> dict[int, Sequence[Picture]]:
    """Those of each notice that says so, by its id; none for who does not read the survey any more.

    All who read a survey see the same of it, so that it is drawn once.
    """
    drawn: dict[int, Sequence[Picture]] = {}
    pictures: dict[int, Sequence[Picture]] = {}
    for each in notices:
        if each.message != RESULTS or each.subject_type != "survey" or each.subject_id is None:
            continue
        survey = unit.session.get(SurveyRound, each.subject_id)
        if survey is None or not reads(unit, survey, each.recipient_id):
            continue
        if each.subject_id not in drawn:
            drawn[each.subject_id] = _drawn(unit, survey, each.recipient_id)
        pictures[each.id] = drawn[each.subject_id]
    return pictures


def _drawn(unit: Unit, survey: SurveyRound, reader: int) -> Sequence[Picture]:
    """A drawing that fails keeps no message back."""
    try:
        shown = results(unit, survey.token, reader)
    except NotFound:
        return ()
    try:
        return unit.tools.charts(shown)
    except Exception:
        log.exception("the charts of a survey could not be drawn", action="draw-failed", survey=survey.id)
        return ()


def with_charts(card: Card, pictures: Sequence[Picture]) -> Card:
    """The card with its charts between its words and the small print."""
    body = [each for each in card.blocks if not isinstance(each, Note)]
    notes = [each for each in card.blocks if isinstance(each, Note)]
    return replace(card, blocks=(*body, *pictures, *notes))
