"""What `qabot serve` says before it begins."""

from datetime import UTC, datetime

import pytest
from structlog.testing import capture_logs

from qabot.cli.serve import warn_of_holidays
from qabot.framework.calendar import PUBLISHED_UNTIL, say_computed


@pytest.mark.parametrize(("month", "told"), [(9, []), (10, ["holidays-computed"])])
def test_the_operator_hears_three_months_before_bank_holidays_are_computed(month: int, told: list[str]) -> None:
    say_computed.cache_clear()
    with capture_logs() as lines:
        warn_of_holidays(datetime(PUBLISHED_UNTIL, month, 15, 12, 0, tzinfo=UTC))
    assert [line["action"] for line in lines] == told
