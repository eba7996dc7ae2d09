"""docs/settings.md has every setting and docs/commands.md every command, and neither has one that is not there."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer

from deploy.adapters import chat_adapters
from qabot.adapter_kit.network import CA_FILE
from qabot.cli.app import app
from qabot.settings import PREFIX, SECRETS, Settings
from qabot.settings_file import NAME

ROOT = Path(__file__).parents[2]
SETTINGS = (ROOT / "docs" / "settings.md").read_text("utf-8")
COMMANDS = (ROOT / "docs" / "commands.md").read_text("utf-8")
ROWS = {row[0]: row for row in re.findall(r"^\| `(QABOT_\w+)` \| (.+?) \| *(.*?) *\|$", SETTINGS, re.MULTILINE)}
SECTIONS = dict(re.findall(r"^### `qabot ([\w -]+)`\n(.*?)(?=^##|\Z)", COMMANDS, re.MULTILINE | re.DOTALL))


def of_the_service() -> set[str]:
    names = {f"{PREFIX}{name.upper()}" for name, field in Settings.model_fields.items() if not field.exclude}
    return names | {f"{PREFIX}{name.upper()}_FILE" for name in SECRETS}


def of_an_adapter(name: str) -> set[str]:
    """The variables that an adapter's settings module reads, whole or by the part after its prefix."""
    text = (ROOT / "adapters" / name / "src" / f"qabot_{name}" / "settings.py").read_text("utf-8")
    code = text.split('"""', 2)[2]
    prefix = f"QABOT_{name.upper()}_"
    found = set(re.findall(rf"{prefix}[A-Z_]+[A-Z]", code))
    found |= {f"{prefix}{each}" for each in re.findall(r'given\("([A-Z_]+)"\)', code)}
    for names in re.findall(r"addresses = \((.*?)\)", code, re.DOTALL):
        found |= {f"{prefix}{each}" for each in re.findall(r'"([A-Z_]+)"', names)}
    found |= {f"{each}_FILE" for each in re.findall(rf'_(?:token|secret)\(environ, "({prefix}[A-Z_]+)"', code)}
    return found


def test_every_setting_is_documented_and_no_other() -> None:
    known = of_the_service().union({CA_FILE, NAME}, *(of_an_adapter(each.name) for each in chat_adapters()))
    assert known >= {"QABOT_SLACK_BOT_TOKEN_FILE", "QABOT_TEAMS_APP_ID", "QABOT_TEAMS_GRAPH_URL"}
    assert ROWS.keys() == known


def test_the_usual_values_are_those_of_the_code() -> None:
    for name, field in Settings.model_fields.items():
        if field.exclude or field.default in ("", (), None):
            continue
        assert ROWS[f"{PREFIX}{name.upper()}"][2] == f"`{field.default}`"
    for row in ROWS.values():
        for value in re.findall(r"`(https?://(?!127)[^`]+)`", row[2]):
            adapter = row[0].split("_")[1].lower()
            code = (ROOT / "adapters" / adapter / "src" / f"qabot_{adapter}" / "settings.py").read_text("utf-8")
            assert f'"{value}"' in code


def commands() -> Iterator[tuple[str, list[str]]]:
    """Every command that does something, with its options."""

    def walk(group: typer.core.TyperGroup, words: tuple[str, ...]) -> Iterator[tuple[str, list[str]]]:
        for name, command in group.commands.items():
            if isinstance(command, typer.core.TyperGroup):
                yield from walk(command, (*words, name))
            else:
                options = [each for param in command.params for each in param.opts if each.startswith("--")]
                yield " ".join((*words, name)), options

    root = typer.main.get_command(app)
    assert isinstance(root, typer.core.TyperGroup)
    yield from walk(root, ())


def test_every_command_is_documented_and_no_other() -> None:
    assert SECTIONS.keys() == {name for name, _ in commands()}


@pytest.mark.parametrize(("name", "options"), list(commands()), ids=[name for name, _ in commands()])
def test_a_command_is_shown_with_its_options_and_an_example_that_fits(name: str, options: list[str]) -> None:
    section = SECTIONS[name]
    examples = [line for block in re.findall(r"```\n(.*?)```", section, re.DOTALL) for line in block.splitlines()]
    assert examples
    for option in options:
        assert option in section, f"docs/commands.md does not mention {option} of qabot {name}"
    for example in examples:
        words = shlex.split(example)
        used = words[words.index("qabot") + 1 :]
        assert used[: len(name.split())] == name.split()
        assert [word for word in used if word.startswith("--") and word not in options] == []
        assert all(word.partition("=")[0] in ROWS for word in words[: words.index("qabot")])
