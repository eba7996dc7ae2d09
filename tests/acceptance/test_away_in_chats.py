"""Saying that one is away, and back again, in Slack and in Teams: the same forms, without a line in an adapter."""

from pathlib import Path

import pytest

from qabot.models import Absence
from tests.support.slack.council import slack_council, user
from tests.support.slack.records import texts
from tests.support.teams.council import teams_council


@pytest.mark.parametrize("mode", ["socket", "http"])
async def test_in_slack_from_the_home_tab_and_by_a_word(tmp_path: Path, mode: str) -> None:
    async with slack_council(tmp_path, mode) as council:
        ids = council.world.ids
        await council.slack.open_home(user("mina"))
        await council.settle()
        await council.slack.click(user("mina"), "away", view=council.home("mina"))
        await council.settle()
        wrong = await council.submit("mina", from_on="2026-12-04", to_on="2026-12-01", deputy=str(ids["bea"]))
        assert set(wrong.errors) == {"to_on"}
        await council.submit("mina", to_on="2026-12-08")
        (row,) = council.world.all(Absence)
        assert (row.person_id, row.from_on.isoformat(), row.deputy_id) == (ids["mina"], "2026-12-04", ids["bea"])
        said = "You are away from 4 December 2026 to 8 December 2026. Bea Novak will stand in."
        assert said in council.modal("mina")
        await council.slack.slash(user("mina"), "back")
        await council.settle()
        await council.submit("mina", absence=str(row.id))
        assert council.world.all(Absence) == []
        assert "You are not away any more." in council.modal("mina")


async def test_in_teams_by_a_word_and_for_a_colleague_by_quality_assurance(tmp_path: Path) -> None:
    async with teams_council(tmp_path) as council:
        ids = council.world.ids
        await council.say("quinn", "away")
        council.expect("quinn", "Who is away?", "Please do not say why.")
        answers = {"person:who": str(ids["mina"]), "date:from_on": "2026-11-23", "date:to_on": "2026-11-27"}
        await council.press("quinn", "Save", answers | {"person:deputy": str(ids["mina"])})
        council.sees("quinn", "Nobody can stand in for themselves.")
        await council.press("quinn", "Save", answers | {"person:deputy": str(ids["bea"])})
        (row,) = council.world.all(Absence)
        assert (row.person_id, row.deputy_id) == (ids["mina"], ids["bea"])
        council.sees("quinn", "Mina Sharpe is away from 23 November 2026 to 27 November 2026.")


async def test_whoever_is_away_is_back_by_a_button_of_the_home_tab_in_slack(tmp_path: Path) -> None:
    async with slack_council(tmp_path, "socket") as council:
        await council.world.away("mina", "2026-11-20", "2026-11-27", "bea")
        await council.slack.open_home(user("mina"))
        await council.settle()
        home = council.home("mina")
        said = "You are away until 27 November 2026. Until then, what is due goes to Bea Novak."
        assert said in "\n".join(texts(home["blocks"]))
        await council.slack.click(user("mina"), "back", view=home)
        await council.settle()
        await council.submit("mina")
        assert "You are not away any more." in council.modal("mina")
        (row,) = council.world.all(Absence)
        assert row.to_on.isoformat() < council.world.clock.now().date().isoformat()


async def test_whoever_is_away_is_back_by_a_button_in_teams(tmp_path: Path) -> None:
    async with teams_council(tmp_path) as council:
        await council.world.away("mina", "2026-11-20", "2026-11-27", "bea")
        await council.say("mina", "mine")
        council.expect("mina", "You are away until 27 November 2026. Until then, what is due goes to Bea Novak.")
        await council.press("mina", "I am back")
        council.sees("mina", "Which absence is over, or will not be?")
        (row,) = council.world.all(Absence)
        await council.press("mina", "Save", {"choice:absence": str(row.id)})
        council.sees("mina", "You are not away any more.")
