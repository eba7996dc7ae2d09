"""qabot sign-out: end what somebody has open on the pages."""

from typing import Annotated

import typer

from qabot.cli.databases import open_store
from qabot.cli.staff import one_person
from qabot.cli.support import out
from qabot.models.migrate import upgrade
from qabot.scheduler.clock import SystemClock
from qabot.settings import read_settings
from qabot.workflows.people.sign_outs import BY_COMMAND, sign_out_everywhere

app = typer.Typer()


@app.command("sign-out")
def sign_out(person: Annotated[str, typer.Argument(help="The person's e-mail, or their name.")]) -> None:
    """Sign somebody out on every device, at once. Links that they have not opened end too; it is in the log."""
    store = open_store(read_settings())
    upgrade(store)
    with store.transaction() as session:
        found, now = one_person(session, person), SystemClock().now()
        sign_out_everywhere(session, found.id, now, by=None, why=BY_COMMAND)
        name = found.name
    out.print(f"{name} is signed out everywhere. They can sign in again as usual.", markup=False)
