"""What pages show of the work, each from units of work that a request opens: the web knows only their shape."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from qabot.models import Deadline, SurveyRound
from qabot.scheduler import coming
from qabot.workflows.access import by_month, survey_results
from qabot.workflows.access.lines import Line
from qabot.workflows.core.unit import Unit
from qabot.workflows.desk import Desk
from qabot.workflows.programme import pulses, survey_news, team, today
from qabot.workflows.verbs import gathering_pages, steering


@dataclass(frozen=True)
class Ahead:
    """What is wrong today and what is to come, from units of work."""

    unit: Callable[[Session], Unit]

    def today(self, session: Session, reader_id: int, *, service: int | None, skip: int, most: int) -> today.Board:
        return today.board(self.unit(session), reader_id, service=service, skip=skip, most=most)

    def coming(self, session: Session, reader_id: int, until: datetime) -> Sequence[coming.Coming]:
        return coming.coming(self.unit(session), reader_id, until)


@dataclass(frozen=True)
class TeamRows:
    """What somebody's people owe, from units of work."""

    unit: Callable[[Session], Unit]

    def page(
        self, session: Session, person_id: int, filters: team.Filter, *, skip: int, limit: int
    ) -> team.TeamPage | None:
        return team.page(self.unit(session), person_id, filters, skip=skip, limit=limit)

    def undated(self, session: Session, person_id: int, most: int) -> tuple[Sequence[Deadline], int]:
        return team.undated(self.unit(session), person_id, most)

    def line(self, session: Session, person_id: int) -> Line:
        return team.whose(self.unit(session), person_id)


@dataclass(frozen=True)
class Steered:
    """What is done about what others owe, from units of work. `run` does work and wakes what follows; `take` counts."""

    unit: Callable[[Session], Unit]
    run: Callable[[Callable[[Unit], Sequence[steering.Outcome]]], Awaitable[Sequence[steering.Outcome]]]
    take: Callable[[int], None]

    def named(self, session: Session, person_id: int, order: steering.Order) -> Sequence[steering.Outcome]:
        unit = self.unit(session)
        return steering.named(unit, unit.directory.people[person_id], order)

    def attempt(self, session: Session, person_id: int, order: steering.Order) -> Sequence[steering.Outcome]:
        unit = self.unit(session)
        return steering.attempt(unit, unit.directory.people[person_id], order)

    async def carry_out(self, person_id: int, order: steering.Order) -> Sequence[steering.Outcome]:
        self.take(person_id)
        return await self.run(lambda unit: steering.carry_out(unit, unit.directory.people[person_id], order))


@dataclass(frozen=True)
class Gatherings:
    """What the pages of gatherings show, from the desk's own units of work."""

    desk: Desk

    def page(self, session: Session, token: str, person_id: int) -> gathering_pages.Shown:
        return gathering_pages.page(self.desk.unit(session), token, person_id)

    def calendar(self, session: Session, token: str, person_id: int) -> tuple[str, bytes]:
        return gathering_pages.calendar_file(self.desk.unit(session), token, person_id)

    def coming(self, session: Session) -> Sequence[gathering_pages.Shown]:
        return gathering_pages.coming(self.desk.unit(session))


@dataclass(frozen=True)
class SurveyViews:
    """What the pages of surveys show, from the desk's own units of work."""

    desk: Desk

    def known(self, session: Session, person_id: int) -> Sequence[SurveyRound]:
        return survey_results.readable(self.desk.unit(session), person_id)

    def page(self, session: Session, token: str, person_id: int) -> survey_results.Results:
        return survey_results.results(self.desk.unit(session), token, person_id)

    def given(self, session: Session, person_id: int) -> Sequence[by_month.Given]:
        return by_month.given(self.desk.unit(session), person_id)

    def table(self, session: Session, token: str, person_id: int) -> Sequence[Sequence[str | int]]:
        return survey_results.as_table(survey_results.results(self.desk.unit(session), token, person_id))

    def judge(self, session: Session, token: str, key: str, person_id: int, *, release: bool) -> None:
        survey_results.judge_comment(self.desk.unit(session), token, key, person_id, release=release)

    def may_tell(self, session: Session, token: str, person_id: int) -> bool:
        unit = self.desk.unit(session)
        return survey_news.may_tell(unit, survey_results.results(unit, token, person_id), person_id)

    def tell(self, session: Session, token: str, person_id: int, words: str, excuse: str) -> int:
        return survey_news.tell_changes(self.desk.unit(session), token, person_id, words, excuse)

    def blocked(self, session: Session, words: str, excuse: str) -> str:
        """What the identifier check says of what changes; "" if nothing."""
        return survey_news.blocked(self.desk.unit(session), words, excuse)


@dataclass(frozen=True)
class PulseViews:
    """Short surveys, from the desk's own units of work."""

    desk: Desk

    def choices(self, session: Session, person_id: int) -> pulses.Choices:
        return pulses.choices(self.desk.unit(session), person_id)

    def check(self, session: Session, draft: pulses.Draft, person_id: int) -> dict[str, str]:
        return pulses.check(self.desk.unit(session), draft, person_id)

    def preview(self, session: Session, draft: pulses.Draft, person_id: int) -> pulses.Preview:
        return pulses.preview(self.desk.unit(session), draft, person_id)

    def send(self, session: Session, draft: pulses.Draft, person_id: int) -> int:
        return pulses.send(self.desk.unit(session), draft, person_id)
