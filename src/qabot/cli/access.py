"""qabot sign-out and break-glass: end what somebody has open on the pages, and let an administrator in all the same."""

from typing import Annotated

import typer

from qabot.cli.databases import open_store
from qabot.cli.staff import one_person
from qabot.cli.support import out
from qabot.errors import SetupError
from qabot.models import Event
from qabot.models.migrate import upgrade
from qabot.scheduler.clock import SystemClock
from qabot.settings import LEAST_SECRET, read_settings
from qabot.web.signin import personal_url
from qabot.workflows.people.sign_outs import BY_COMMAND, sign_out_everywhere

app = typer.Typer()
LONGEST_REASON = 200
"""Characters."""


@app.command("sign-out")
def sign_out(person: Annotated[str, typer.Argument(help="The person's e-mail, or their name.")]) -> None:
    """Sign somebody out on every device, at once. Links that they have not opened end too; it is in the log."""
    store = open_store(read_settings())
    upgrade(store)
    with store.transaction() as session:
        row, now = one_person(session, person), SystemClock().now()
        sign_out_everywhere(session, row.id, now, by=None, why=BY_COMMAND)
        name = row.name
    out.print(f"{name} is signed out everywhere. They can sign in again as usual.")


@app.command("break-glass")
def break_glass(
    person: Annotated[str, typer.Argument(help="The administrator's e-mail, or their name.")],
    reason: Annotated[str, typer.Option(help="Why, in a few words; it stands in the event log.", prompt=True)],
) -> None:
    """A link that signs an administrator in once, within 15 minutes, also while single sign-on is out of order."""
    settings = read_settings()
    if len(settings.secret_key) < LEAST_SECRET:
        raise SetupError("QABOT_SECRET_KEY must be the same as that of the running service.")
    if not reason.strip():
        raise SetupError("--reason: say in a few words why; whoever reads the log asks.")
    store = open_store(settings)
    upgrade(store)
    with store.transaction() as session:
        row, now = one_person(session, person), SystemClock().now()
        if not row.administrator:
            raise SetupError(
                f"{row.name} is no administrator. This is for administrators alone; for others: qabot link."
            )
        why = f"qabot break-glass: {reason.strip()[:LONGEST_REASON]}"
        session.add(Event(at=now, what="glass-broken", subject_type="person", subject_id=row.id, why=why))
        url = personal_url(settings, row.id, now, "/administration", break_glass=True)
    typer.echo(url)
