"""Automatic replies of mailboxes: three fields are asked for, nothing that somebody wrote, and no day is guessed."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest

from qabot.adapter import DirectoryUnread, OutOfOffice, ReadsMailboxes
from qabot_teams import create
from qabot_teams.mailboxes import FIELDS
from tests.support.teams.connector import Connector, Fault
from tests.support.teams.service import MemoryService

PRIVATE = "I am in hospital"


def replies(status: str, starts: str, ends: str, zone: str = "UTC") -> dict[str, Any]:
    return {
        "status": status,
        "externalAudience": "all",
        "scheduledStartDateTime": {"dateTime": starts, "timeZone": zone},
        "scheduledEndDateTime": {"dateTime": ends, "timeZone": zone},
        "internalReplyMessage": PRIVATE,
        "externalReplyMessage": PRIVATE,
    }


@pytest.fixture
async def connector() -> AsyncIterator[Connector]:
    made = Connector()
    await made.start()
    made.add("Ade").replies = replies("scheduled", "2026-12-21T00:00:00.0000000", "2027-01-04T09:00:00.0000000")
    made.add("Bea").replies = replies("scheduled", "2026-07-01T09:00:00", "2026-07-03T17:00:00", "GMT Standard Time")
    made.add("Cal").replies = replies("alwaysEnabled", "2026-12-21T00:00:00", "2027-01-04T09:00:00")
    made.add("Dee").replies = replies("scheduled", "2026-12-21T00:00:00", "2027-01-04T09:00:00", "Customized Time Zone")
    made.add("Eve")
    yield made
    await made.stop()


async def read(connector: Connector, *accounts: str) -> dict[str, OutOfOffice | None]:
    adapter = create(MemoryService(), connector.environ())
    assert isinstance(adapter, ReadsMailboxes)
    return dict(await adapter.out_of_office(accounts))


@pytest.mark.parametrize("selects", [True, False])
async def test_dates_are_read_and_nothing_that_people_wrote(connector: Connector, selects: bool) -> None:
    connector.selects = selects
    found = await read(connector, "oid-ade", "bea@council.example", "oid-cal", "oid-dee", "oid-eve", "oid-nobody")
    assert found == {
        "oid-ade": OutOfOffice(datetime(2026, 12, 21, tzinfo=UTC), datetime(2027, 1, 4, 9, tzinfo=UTC)),
        "bea@council.example": OutOfOffice(datetime(2026, 7, 1, 8, tzinfo=UTC), datetime(2026, 7, 3, 16, tzinfo=UTC)),
        "oid-cal": None,
        "oid-dee": None,
    }
    assert PRIVATE not in str(found)
    assert "Message" not in FIELDS


async def test_a_mailbox_that_is_not_ours_to_read_stops_no_other(connector: Connector) -> None:
    connector.faults = [Fault("/v1.0/users/oid-ade/mailboxSettings/automaticRepliesSetting", 403)]
    assert (await read(connector, "oid-ade", "oid-cal")).keys() == {"oid-cal"}


@pytest.mark.parametrize(
    ("fault", "said", "seconds"),
    [
        (Fault("GET", 403, times=9), "MailboxSettings.Read", None),
        (Fault("GET", 429, times=9, headers={"Retry-After": "120"}), "answered 429", 120.0),
        (Fault("GET", 200, times=9, body=b"<html>"), "no JSON", None),
        (Fault("GET", times=9, reset=True), "could not be read", None),
    ],
)
async def test_what_goes_wrong_is_said(connector: Connector, fault: Fault, said: str, seconds: float | None) -> None:
    connector.faults = [fault]
    with pytest.raises(DirectoryUnread, match=said) as wrong:
        await read(connector, "oid-ade", "oid-cal")
    assert wrong.value.seconds == seconds
