"""What `qabot serve` says before it begins."""

from datetime import UTC, datetime

import pytest
from structlog.testing import capture_logs

from qabot.cli.serve import warn_of_holidays
from qabot.framework.calendar import LAST_YEAR


@pytest.mark.parametrize(("month", "told"), [(9, []), (10, ["holidays-run-out"])])
def test_the_operator_hears_three_months_before_the_bank_holidays_run_out(month: int, told: list[str]) -> None:
    with capture_logs() as lines:
        warn_of_holidays(datetime(LAST_YEAR, month, 15, 12, 0, tzinfo=UTC))
    assert [line["action"] for line in lines] == told
