"""What `qabot serve` says at its start of a set-up that is open to others."""

import pytest
from structlog.testing import capture_logs

from qabot.cli.serve import warn_of_http
from qabot.settings import read_settings


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("http://qabot.council.example", ["https-missing"]),
        ("https://qabot.council.example", []),
        ("http://127.0.0.1:8700", []),
    ],
)
def test_pages_without_https_are_warned_of(address: str, said: list[str]) -> None:
    settings = read_settings(base_url=address, allow_http=True)
    with capture_logs() as logs:
        warn_of_http(settings)
    assert [each["action"] for each in logs] == said
