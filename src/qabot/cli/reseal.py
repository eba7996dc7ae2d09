"""qabot reseal: after a new secret key, seal anew what older ones have sealed."""

from contextlib import closing
from typing import Annotated

import typer

from qabot.cli.databases import open_store
from qabot.cli.support import out
from qabot.errors import SetupError
from qabot.messaging.values import plural
from qabot.models.migrate import upgrade
from qabot.rights.resealing import Resealed, give_up, reseal
from qabot.scheduler.clock import SystemClock
from qabot.settings import LEAST_SECRET, read_settings
from qabot.workflows.core.sealing import Sealer

app = typer.Typer()


@app.command("reseal")
def seal_anew(
    lost: Annotated[
        bool, typer.Option("--give-up-lost", help="The key of what nothing opens is lost: such sheets become empty.")
    ] = False,
) -> None:
    """Seal survey answers anew with the first key of QABOT_SECRET_KEY, while the service runs."""
    settings = read_settings()
    if len(settings.secret_key) < LEAST_SECRET:
        raise SetupError("QABOT_SECRET_KEY must be the same as that of the running service.")
    whole, after, sealer = Resealed(), None, Sealer(*settings.secret_keys)
    with closing(open_store(settings)) as store:
        upgrade(store)
        while after != "":
            with store.transaction() as session:
                part, after = reseal(session, sealer, after or "")
            whole = Resealed(whole.before + part.before, whole.now + part.now, whole.lost + part.lost)
        if lost and whole.lost:
            with store.transaction() as session:
                given_up = give_up(session, sealer, SystemClock().now())
            whole.lost -= given_up
            out.print(f"{plural(given_up, 'sheet', 'sheets')} that no key opens: given up, and empty now.")
    sheets = plural(whole.now, "sheet is", "sheets are")
    out.print(f"{sheets} sealed with the first key now; {whole.before} were before.")
    if whole.lost:
        shut = plural(whole.lost, "sheet was", "sheets were")
        out.print(
            f"{shut} sealed with a key that is not in QABOT_SECRET_KEY. If you have it, add it and try again. Until "
            "then nobody answers on them, and their surveys are not counted. If it is lost: qabot reseal --give-up-lost"
        )
        raise typer.Exit(1)
    out.print("No sheet needs an older key any more. What else they signed: docs/settings.md, a new secret key.")
