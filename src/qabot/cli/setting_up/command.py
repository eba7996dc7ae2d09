"""qabot setup, the first run: it asks, writes settings, secrets and rules, adds one person, says what is next."""

from pathlib import Path
from typing import Annotated

import typer

from qabot.cli.setting_up.answers import Given, ask, checked, read_answers
from qabot.cli.setting_up.questions import questions
from qabot.cli.setting_up.writing import SETTINGS, Planned, plan, words, write
from qabot.cli.support import existing, out
from qabot.errors import SetupError
from qabot.settings_file import NAME
from qabot.wiring import known_chats

app = typer.Typer()
SYSTEM, STATE = Path("/etc"), Path("/var/lib/qabot")


@app.command()
def setup(
    folder: Annotated[Path, typer.Option(help="Where the settings, secrets and rules are written.")] = SYSTEM / "qabot",
    answers: Annotated[Path | None, typer.Option(help="A file of answers; then nothing is asked.")] = None,
    council: Annotated[str, typer.Option(help="The council's name.")] = "",
    duty_line: Annotated[str, typer.Option(help="Whom to phone, and on which number.")] = "",
    framework: Annotated[str, typer.Option(help="A framework's name, or the path of its file.")] = "",
    database: Annotated[str, typer.Option(help="sqlite:///FILE or postgresql://...")] = "",
    address: Annotated[str, typer.Option(help="Where people reach qabot.")] = "",
    administrator: Annotated[str, typer.Option(help="A name and an e-mail address.", metavar="NAME <ADDRESS>")] = "",
    chat: Annotated[str, typer.Option(help="slack, teams, slack,teams or none.")] = "",
    replace: Annotated[bool, typer.Option("--replace", help="Keep what is there beside, and write anew.")] = False,
) -> None:
    """Set qabot up: council, duty line, rules, database, address, administrator, chat. Nothing is left half."""
    given = read_answers(existing(answers, "file of answers")) if answers else Given()
    options = {
        "council": council,
        "duty-line": duty_line,
        "framework": framework,
        "database": database,
        "address": address,
        "administrator": administrator,
        "chat": chat,
    }
    values = {key: value for key, value in options.items() if value}
    places = {key: (f"--{key}", 0) for key in values}
    given = Given({**given.answers, **values}, {**given.places, **places}, given.file)
    folder = folder.absolute()
    if not replace and (folder / SETTINGS).exists():
        raise SetupError(f"{folder / SETTINGS} is there already. Choose another --folder, or give --replace.")
    chats = known_chats()
    to_ask = questions((STATE if folder.is_relative_to(SYSTEM) else folder) / "qabot.sqlite3", chats)
    given_answers = checked(given, to_ask, chats) if answers else ask(given, to_ask, chats)
    planned = plan(folder, given_answers, chats)
    write(planned, replace=replace)
    _say(planned)


def _say(planned: Planned) -> None:
    """What was written, and what is next."""
    out.print(f"\n{planned.folder} has the settings ({SETTINGS}), the secrets and the council's rules.")
    out.print("Next:")
    for number, line in enumerate(next_steps(planned), 1):
        out.print(f"  {number}. {line}")


def next_steps(planned: Planned) -> list[str]:
    """What is to be done now, one sentence each."""
    named = words(planned)
    after = [each.format(**named) for chat in planned.of_chats() for each in chat.after]
    first = [f"qabot send-test {named['administrator']}"] if planned.of_chats() else []
    return [
        f"Name the settings to every command: export {NAME}={planned.folder / SETTINGS}",
        *after,
        "Start it: qabot serve (docs/install.md has it as a service of the system, or in a container).",
        "Look whether all is well: qabot doctor. It says what is still to be done, as the page /administration does.",
        *(f"The first message, to yourself: {each}" for each in first),
        "Then bring the people: qabot people import people.csv (docs/imports.md).",
    ]
