"""A secret's file, as Notepad, PowerShell and shells write it."""

import os
from collections.abc import Callable
from pathlib import Path
from threading import Thread

import pytest

from qabot.adapter_kit.network import read_network
from qabot.adapter_kit.secret_files import secret_text
from qabot.cli.councils import councils
from qabot.errors import SetupError
from qabot.settings import read_settings
from qabot.settings_file import read_settings_file
from qabot_slack.settings import read as read_slack
from qabot_teams.certificates import load_certificate
from qabot_teams.proofs import text_of

SECRET = "xoxb-12345678-a-secret-that-is-long-enough"
KINDS = {
    "utf-8": SECRET.encode() + b"\n",
    "Notepad, UTF-8 with BOM": b"\xef\xbb\xbf" + SECRET.encode() + b"\r\n",
    "PowerShell, UTF-16": f"{SECRET}\r\n".encode("utf-16"),
    "UTF-16 big endian": b"\xfe\xff" + f"{SECRET}\r\n".encode("utf-16-be"),
    "a mark inside": f" \ufeff{SECRET}\n".encode(),
}


@pytest.mark.parametrize("content", KINDS.values(), ids=KINDS)
def test_every_reader_of_a_secret_takes_it(tmp_path: Path, content: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "secret"
    file.write_bytes(content)
    monkeypatch.setenv("QABOT_SECRET_KEY_FILE", str(file))
    assert secret_text(file) == SECRET
    assert read_settings().secret_key == SECRET
    environ = {"QABOT_SLACK_BOT_TOKEN_FILE": str(file), "QABOT_SLACK_APP_TOKEN": "xapp-1"}
    assert read_slack(environ).bot_token == SECRET
    assert text_of("QABOT_TEAMS_SECRET_FILE", str(file)) == SECRET


def test_a_file_that_is_no_text_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "secret"
    file.write_bytes(b"\x81\x8d\xff")
    monkeypatch.setenv("QABOT_SECRET_KEY_FILE", str(file))
    for read in (
        read_settings,
        lambda: read_slack({"QABOT_SLACK_BOT_TOKEN_FILE": str(file)}),
        lambda: text_of("QABOT_TEAMS_SECRET_FILE", str(file)),
    ):
        with pytest.raises(SetupError, match="no text"):
            read()


def _hosted(path: Path) -> None:
    [council] = councils(path.parent)
    raise SetupError(council.problem)


READERS: dict[str, Callable[[Path], object]] = {
    "a secret of the service": lambda path: read_settings(),
    "a secret of Slack": lambda path: read_slack({"QABOT_SLACK_BOT_TOKEN_FILE": str(path)}),
    "a secret of Teams": lambda path: text_of("QABOT_TEAMS_SECRET_FILE", str(path)),
    "a certificate of Teams": lambda path: load_certificate(str(path), ""),
    "authorities": lambda path: read_network({"QABOT_CA_FILE": str(path)}),
    "settings": read_settings_file,
    "a council's settings": _hosted,
}


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has no such pipes")
@pytest.mark.parametrize("read", READERS.values(), ids=READERS)
def test_a_pipe_is_refused_and_not_waited_for(
    tmp_path: Path, read: Callable[[Path], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    pipe = tmp_path / "newham.env"
    os.mkfifo(pipe)
    monkeypatch.setenv("QABOT_SECRET_KEY_FILE", str(pipe))
    # Whoever reads it all the same gets this, and waits for nobody.
    writer = Thread(target=pipe.write_bytes, args=(b"what must not be read",))
    writer.start()
    try:
        with pytest.raises(SetupError, match=r"it is a pipe or a device, and a file is expected\.$"):
            read(pipe)
    finally:
        with open(os.open(pipe, os.O_RDONLY | os.O_NONBLOCK), "rb"):
            writer.join()
