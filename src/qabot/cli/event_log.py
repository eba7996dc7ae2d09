"""qabot log: whether the event log is as it was written."""

from contextlib import closing
from typing import Annotated

import typer

from qabot.cli.databases import open_store
from qabot.cli.support import out
from qabot.messaging.values import plural
from qabot.models.copies import still
from qabot.models.migrate import upgrade
from qabot.rights.verifying import Checked, head_of, verify
from qabot.settings import read_settings

app = typer.Typer(help="The event log: whether anybody has changed it.", no_args_is_help=True)
FEW = 10
"""So many of what is wrong are told one by one."""


@app.command("verify")
def check(
    head: Annotated[
        list[str] | None, typer.Option(help="A head that was kept elsewhere, as this command prints it.")
    ] = None,
) -> None:
    """Reckon every mark of the log again. Exits with 1 if a line was changed, taken out or put in, and says which."""
    kept = [head_of(each) for each in head or ()]
    with closing(open_store(read_settings())) as store:
        upgrade(store)
        with still(store) as connection:
            result = verify(connection, kept)
    for each in _said(result):
        out.print(each)
    if result.wrong:
        raise typer.Exit(1)


def _said(result: Checked) -> list[str]:
    if result.wrong:
        more = len(result.wrong) - FEW
        return [
            f"The log is not as it was written. First: {result.wrong[0]}",
            *result.wrong[1:FEW],
            *([f"{plural(more, 'thing more is', 'things more are')} wrong."] if more > 0 else []),
        ]
    return [
        f"The log is as it was written: {plural(result.lines, 'sealed line', 'sealed lines')}.",
        *(
            [f"In {plural(result.changed, 'line', 'lines')} of them an erasure replaced a name."]
            if result.changed
            else []
        ),
        *_gone(result),
        *([f"{plural(result.waiting, 'line is', 'lines are')} not sealed yet."] if result.waiting else []),
        f"Head, to be kept elsewhere: {result.head}",
    ]


def _gone(result: Checked) -> list[str]:
    """How many lines went with time, and how old they were: a mark can be made by whoever may write to the database."""
    if result.youngest is None:
        return []
    age = plural(max(0, result.youngest.days), "day", "days")
    return [
        f"{plural(result.gone, 'line has', 'lines have')} gone: older than they are kept.",
        f"The youngest of them was sealed {age} before it went: compare that with QABOT_RETENTION.",
    ]
