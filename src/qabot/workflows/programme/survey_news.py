"""What goes out once a survey has closed: that its results can be read, and what changes because of it.

What changes is written by quality assurance, once, and goes to all who were asked, whether or not they answered: of an
anonymous survey nobody knows that.
"""

from collections.abc import Iterable

from sqlmodel import col, select, update

from qabot.errors import BadRequest, NotFound
from qabot.messaging.letters import clean
from qabot.models import Deadline, RoundState, SurveyRound, SurveySheet
from qabot.planning.recipients import runs_quality
from qabot.workflows.access.survey_results import NO_RESULTS, Results, readers, results
from qabot.workflows.core.texts import look_at_texts
from qabot.workflows.core.unit import Unit

FORM, WORDS = "survey-changes", "words"
"""Under what name the log counts what was stopped there, and its one field."""
LONGEST = 1000
"""Letters of what changes: what fits on a card of every platform, and is read."""
NOT_YET = "This survey is still under way. What changes because of it can be written once it has closed."
ONCE = "This was sent to everybody who was asked already. It goes out once, so that it stays the same for all."
EMPTY = "Write what changes because of the answers. One or two sentences are enough."
TOO_LONG = f"This is longer than {LONGEST} letters. Shorten it, so that it is read on a phone too."


def tell_results(unit: Unit, survey: SurveyRound) -> None:
    """All who read it hear once that it can be read."""
    _tell(unit, survey, "survey-results", readers(unit, survey), "reads the results")


def _tell(unit: Unit, survey: SurveyRound, message: str, people: Iterable[int], why: str) -> None:
    """Send each of them news of a survey, once."""
    for person in people:
        unit.notify(
            message,
            person,
            rule=survey.rule,
            subject=("survey", survey.id),
            lane="news",
            key=f"{message}:{survey.id}:{person}",
            reason=f"{survey.rule}: {why}",
        )


def may_tell(unit: Unit, shown: Results, person_id: int) -> bool:
    """Whether whoever sees these results can still write what changes: quality assurance, once it has closed."""
    closed = shown.survey.state in (RoundState.published, RoundState.too_few)
    quality = runs_quality(unit.directory, unit.framework, unit.today)
    return closed and not shown.survey.changes and person_id in quality


def blocked(unit: Unit, words: str, excuse: str) -> str:
    """What the identifier check says of what changes, which is counted; "" if nothing. `excuse`: of a look-alike."""
    given = look_at_texts(unit, FORM, {WORDS: words}, excuse)
    given.count_blocked(unit)
    return given.errors.get(WORDS, "")


def tell_changes(unit: Unit, token: str, person_id: int, words: str, excuse: str = "") -> int:
    """Send what changes to all who were asked; how many they are. `excuse` says what only looks like an identifier.

    Raises `NotFound` if it is not this person's to write, else `BadRequest` with what is wrong.
    """
    # Line ends come as two letters from a browser, which counts them as one.
    survey, words = results(unit, token, person_id).survey, clean(words, lines=True).strip()
    if person_id not in runs_quality(unit.directory, unit.framework, unit.today):
        raise NotFound(NO_RESULTS)
    if survey.state == RoundState.open:
        raise BadRequest(NOT_YET)
    if survey.changes:
        raise BadRequest(ONCE)
    if not words or len(words) > LONGEST:
        raise BadRequest(TOO_LONG if words else EMPTY)
    checked = look_at_texts(unit, FORM, {WORDS: words}, excuse)
    if checked.errors:
        raise BadRequest(checked.errors[WORDS])
    checked.note_kept(unit, person_id)
    first = (
        update(SurveyRound)
        .where(col(SurveyRound.id) == survey.id, col(SurveyRound.changes) == "")
        .values(changes=words, changes_at=unit.now, changes_by_id=person_id)
        .execution_options(synchronize_session=False)
    )
    if not unit.changed(first):
        raise BadRequest(ONCE)
    unit.session.refresh(survey)
    people = [each for each in asked(unit, survey) if unit.directory.person(each) is not None]
    _tell(unit, survey, "survey-changes", people, "was asked")
    unit.event(
        "survey-changes-sent", actor=person_id, subject=("survey", survey.id), rule=survey.rule, people=len(people)
    )
    return len(people)


def asked(unit: Unit, survey: SurveyRound) -> list[int]:
    """Who was asked, also in a survey whose sheets are gone: the ids of people, each once."""
    if survey.cycle_id is None:
        query = select(SurveySheet.person_id).where(SurveySheet.round_id == survey.id)
        return sorted(set(unit.session.exec(query)))
    owners = select(Deadline.owner_id).where(
        Deadline.kind == survey.duty, Deadline.subject_type == "cycle", Deadline.subject_id == survey.cycle_id
    )
    return sorted({each for each in unit.session.exec(owners) if each is not None})
