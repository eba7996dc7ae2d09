"""qabot messages: check every message file against every platform, and show one with sample data."""

from typing import Annotated

import typer

from qabot import files
from qabot.cli.support import out
from qabot.errors import SetupError
from qabot.messaging.card import plain_card
from qabot.messaging.files import Catalogue
from qabot.settings import read_settings
from qabot.wiring import check_messages, known_limits, load_tools, sample_card

app = typer.Typer(name="messages", help="The wording, one file for each message.", no_args_is_help=True)


@app.command()
def check() -> None:
    """Check every message: variables, buttons, house style, identifiers, and every platform's limits."""
    tools = load_tools(read_settings())
    check_messages(tools, known_limits())
    out.print(f"{len(tools.catalogue.names())} messages. All is well.")


@app.command()
def show(name: Annotated[str, typer.Argument(help="The message's name, such as duty.")]) -> None:
    """Show a message with sample data, as plain text."""
    tools = load_tools(read_settings())
    if name not in tools.catalogue.names():
        raise SetupError(f"There is no message called {name!r}. There are: {', '.join(tools.catalogue.names())}.")
    card = sample_card(tools, name)
    out.print(f"Preview: {card.summary}\n")
    out.print(plain_card(card))


@app.command(name="list")
def list_all() -> None:
    """The names of all messages, with their lane."""
    catalogue = Catalogue.load(files.folders("messages", read_settings().messages_folder))
    for name in catalogue.names():
        out.print(f"{name:24} {catalogue.get(name).lane:6} {catalogue.get(name).summary}")
