"""qabot reseal: after a new secret key, seal anew what older ones have sealed."""

from contextlib import closing

import typer

from qabot.cli.databases import open_store
from qabot.cli.support import out
from qabot.errors import SetupError
from qabot.messaging.values import plural
from qabot.models.migrate import upgrade
from qabot.rights.resealing import Resealed, reseal
from qabot.settings import LEAST_SECRET, read_settings
from qabot.workflows.core.sealing import Sealer

app = typer.Typer()


@app.command("reseal")
def seal_anew() -> None:
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
    sheets = plural(whole.now, "sheet is", "sheets are")
    out.print(f"{sheets} sealed with the first key now; {whole.before} were before.")
    if whole.lost:
        lost = plural(whole.lost, "sheet was", "sheets were")
        out.print(f"{lost} sealed with a key that is not in QABOT_SECRET_KEY. If you have it, add it and try again.")
        raise typer.Exit(1)
    out.print("No sheet needs an older key any more. What else they signed: docs/settings.md, a new secret key.")
