"""A scanner follows every link of a mail, even signed in as its reader: nothing changes."""

import re
from html import unescape
from pathlib import Path

from qabot.models import Alert, Notice
from tests.support.email.platform import on_email


async def test_following_every_link_changes_nothing(tmp_path: Path) -> None:
    async with on_email(tmp_path) as platform:
        audit = await platform.world.audit("cyrus", team="stratford")
        token = platform.world.deadline("audit", audit).token
        await platform.submit("cyrus", "submit-grades", token, {"manager-overall": "red", "actions": "yes"})
        await platform.send("cyrus", {"sure": True})
        await platform.world.tick()
        mails = [each for each in platform.relay.taken if each["To"] == "mina@council.example"]
        texts = [part.get_content() for each in mails for part in each.walk() if part.get_content_maintype() == "text"]
        links = {unescape(url) for text in texts for url in re.findall(r'https?://[^\s"<>]+', text)}
        assert [each for each in links if "/n/" in each]
        await platform.open("mina", "/inbox")
        before = len(platform.world.events("deadline-met"))
        opened = []
        for url in links:
            opened.append(await platform.pages.browsers["mina"].get(url))
            await platform.pages.browsers["mina"].head(url)
        # They were pages on which she could have pressed, not a way to sign in.
        assert [each for each in opened if f"Acknowledge alert {audit.reference}" in each.text]
        await platform.world.tick()
        [alert] = platform.world.all(Alert)
        assert alert.acknowledged_at is None
        assert len(platform.world.events("deadline-met")) == before


async def test_whom_the_relay_does_not_know_is_reached_in_the_inbox(tmp_path: Path) -> None:
    async with on_email(tmp_path) as platform:
        platform.relay.person = "550 no such user"
        audit = await platform.world.audit("cyrus", team="stratford")
        token = platform.world.deadline("audit", audit).token
        await platform.submit("cyrus", "submit-grades", token, {"manager-overall": "red", "actions": "yes"})
        await platform.send("cyrus", {"sure": True})
        await platform.world.tick()
        alerts = [each for each in platform.world.all(Notice) if each.lane == "alert"]
        assert alerts
        assert {(each.state, each.adapter) for each in alerts} == {("sent", "web")}
        assert platform.relay.taken == []
