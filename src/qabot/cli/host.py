"""qabot host: many councils on one machine and one PostgreSQL server, each with its own database, role and service."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer

from qabot.cli.councils import ENDING, NAME, WAIT, Council, Ran, alone, councils, run, values_of
from qabot.cli.new_council import make
from qabot.cli.support import out
from qabot.errors import QabotError, SetupError
from qabot.messaging.values import plural
from qabot.scheduler.clock import SystemClock
from qabot.settings import PREFIX, Settings, read_settings

app = typer.Typer(name="host", help="Many councils on one host: one settings file each.", no_args_is_help=True)
FOLDER = Path("/etc/qabot/councils")
PROGRAMS = Path("/opt/qabot/run")
WRONG = 2
UNIT = "qabot@{}.service"
NONE_YET = "Database: none yet"
STOPPED = "Its service did not run, and was not started: systemctl start {}"
Folder = Annotated[Path, typer.Option("--councils", help="The folder of the settings files.")]
Backups = Annotated[Path, typer.Option(help="The folder in which the copies are put.")]


@app.command()
def add(
    name: Annotated[str, typer.Argument(help="The council's short name, such as newham.")],
    address: Annotated[str, typer.Option(help="Where its people reach it, such as https://qabot.newham.example.")],
    server: Annotated[str, typer.Option(help="The PostgreSQL server, as somebody who may make roles and databases.")],
    framework: Annotated[str, typer.Option(help="Its framework's name, or the path of its file.")],
    folder: Folder = FOLDER,
) -> None:
    """Make a role and a database for a council, which no other can use, and its settings file with a key of its own."""
    if not NAME.fullmatch(name):
        raise SetupError(f"{name!r}: the name of a council has small letters, digits and hyphens.")
    if not folder.is_dir():
        raise SetupError(f"{folder}: there is no such folder. Make it, readable by root alone.")
    file = folder / f"{name}{ENDING}"
    if file.exists():
        raise SetupError(f"{file} is there already, and is not written over.")
    _see_that_they_can_be_read(file, framework, address)
    values = make(folder, name, server, {"FRAMEWORK": framework, "BASE_URL": address})
    out.print(f"{file}: port {values['PORT']}. Look through it, then: qabot host migrate --only {name}")


def _see_that_they_can_be_read(file: Path, framework: str, address: str) -> None:
    """Before anything is made: a service takes no file with a wrong word. Raises `SetupError`, or `BadFile`."""
    from qabot.wiring import load_framework, load_tools

    given = {f"{PREFIX}FRAMEWORK": framework, f"{PREFIX}BASE_URL": address}
    if values_of("".join(f"{name}={value}\n" for name, value in given.items()), str(file)) != given:
        raise SetupError("--framework, --address: a line break or a space at an end cannot stand in a settings file.")
    settings = read_settings(framework=framework, base_url=address, database_url="sqlite://")
    load_framework(settings, load_tools(settings).catalogue)


@app.command()
def status(folder: Folder = FOLDER) -> None:
    """For each council its version, schema, last tick, what waits, what is wrong. Exit code 2 if anything is."""
    _read_what_is_common()
    wrong = 0
    for each in councils(folder):
        report = _look(each)
        wrong += bool(report["troubles"])
        out.print(f"{each.name}: {_said(report)}")
        for trouble in report["troubles"]:
            out.print(f"    {trouble}")
    _end(wrong, "needs somebody", "need somebody")


def _said(report: dict[str, Any]) -> str:
    """What one council's status comes to, on a line."""
    if "version" not in report:
        return "nothing is known"
    notices = report["notices"]
    lost = notices.get("ambiguous", 0) + notices.get("failed", 0)
    state = "look at it" if report["troubles"] else "well"
    return (
        f"{state}; qabot {report['version']}, schema {report['schema'] or 'none'}, "
        f"last tick {report['last_tick'][:19] or 'unknown'}, due {report['due']:,}, lost or failed {lost:,}"
    )


def _look(council: Council) -> dict[str, Any]:
    ran = run(council, ["status", "--json"])
    try:
        report: dict[str, Any] = orjson.loads(ran.out)
    except orjson.JSONDecodeError:
        return {"troubles": [_last(ran)]}
    return report


@app.command()
def migrate(
    folder: Folder = FOLDER,
    only: Annotated[list[str] | None, typer.Option(help="Only this council; may be given several times.")] = None,
) -> None:
    """Bring every council's database up to this version: for services that are stopped, and for new councils."""
    _each(_some(folder, only), ["upgrade", "--new-database"])


@app.command()
def check(folder: Folder = FOLDER) -> None:
    """Say for each council what an upgrade to this version would change, and what is in its way. Nothing is changed."""
    _each(councils(folder), ["upgrade", "--check"])


@app.command()
def backup(backups: Backups, folder: Folder = FOLDER) -> None:
    """Copy every council's database into a file of its own, NAME-DATE.db."""
    _see_folder(backups)
    now = SystemClock().now()
    _each(councils(folder), lambda each: ["backup", str(_copy_of(each, backups, now))])


@app.command()
def upgrade(
    backups: Backups,
    folder: Folder = FOLDER,
    programs: Annotated[
        Path, typer.Option(help="The folder with a link for each council to the installation that its service runs.")
    ] = PROGRAMS,
    systemctl: Annotated[str, typer.Option(help="The program that stops and starts services.")] = "systemctl",
    wait: Annotated[int, typer.Option(help="How many seconds a service has to be well again.", min=0)] = 60,
) -> None:
    """Bring every council to this program: check, copy, stop, migrate, start, one after the other.

    A council that does not pass the check is left as it is, and the others go on. Where something fails after that, the
    old program is started again and the rest is left alone: what is wrong may be wrong for all.
    """
    _see_folder(backups)
    _see_folder(programs)
    _read_what_is_common()
    # Another upgrade would stop what the first one starts, and turn its links.
    busy = f"Another `qabot host upgrade` is at work on {programs}. {WAIT} What it has done is not done twice."
    with alone(programs, f"{busy} Nothing was changed."):
        _upgrade_all(councils(folder), programs, backups, systemctl, wait)


def _upgrade_all(every: Sequence[Council], programs: Path, backups: Path, systemctl: str, wait: int) -> None:
    now = SystemClock().now()
    fit = [each for each in every if _passes(each)]
    for number, each in enumerate(fit):
        # Somebody stopped it on purpose, or it is not to run yet: to start it would send what was kept back.
        runs = _is_active(systemctl, UNIT.format(each.name))
        if why := _upgrade(each, programs / each.name, _copy_of(each, backups, now), systemctl, wait if runs else None):
            left = ", ".join(one.name for one in fit[number + 1 :]) or "none"
            raise SetupError(f"{each.name}: {why} Not yet upgraded: {left}.")
        out.print(f"{each.name}: upgraded." + ("" if runs else f" {STOPPED.format(UNIT.format(each.name))}"))
    _end(len(every) - len(fit), "was left as it is", "were left as they are")


def _passes(council: Council) -> bool:
    ran = run(council, ["upgrade", "--check"])
    if ran.code:
        said = [each for each in ran.out.splitlines() if each.startswith(("FAIL", "     "))]
        out.print(f"{council.name}: left as it is.\n" + ("\n".join(said) or _last(ran)))
        return False
    if NONE_YET in ran.out:
        out.print(f"{council.name}: left as it is: there is no database yet (qabot host migrate).")
        return False
    return True


def _upgrade(council: Council, link: Path, copy: Path, systemctl: str, wait: int | None) -> str:
    """Do it for one; what went wrong, as a sentence, or "". What runs afterwards is the new program, or the old one.

    `wait`: so many seconds until its service is well; None if that did not run, and shall not.
    """
    if (ran := _with_its_own(council, link, ["backup", str(copy)])).code:
        return f"its database was not copied, and nothing was changed: {_last(ran)}"
    unit = UNIT.format(council.name)
    if wait is not None and (why := _control(systemctl, "stop", unit)):
        return why
    ran = run(council, ["upgrade"])
    if ran.code == 0:
        _point(link, Path(sys.prefix))
    started = _control(systemctl, "start", unit) if wait is not None else ""
    if ran.code:
        state = started or ("and its old program runs again" if wait is not None else "and its service stays stopped")
        return f"its database was not upgraded, {state}: {_last(ran)}"
    return started or (_until_well(council, wait) if wait is not None else "")


def _with_its_own(council: Council, link: Path, words: Sequence[str]) -> Ran:
    """A command of the program that the council has now: only that one copies its database as it is."""
    if not link.exists() or link.resolve() == Path(sys.prefix).resolve():
        return run(council, words)
    own = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)} | {**council.values}
    command = [str(link / "bin" / "qabot"), *words]
    done = subprocess.run(command, env=own, capture_output=True, text=True, check=False)  # noqa: S603 - ours
    return Ran(done.returncode, done.stdout, done.stderr)


def _point(link: Path, program: Path) -> None:
    """Let the link name another program, at once: there is no moment without one."""
    new = link.with_name(f"{link.name}.new")
    with suppress(FileNotFoundError):
        new.unlink()
    new.symlink_to(program)
    new.replace(link)


def _is_active(systemctl: str, unit: str) -> bool:
    """Whether the service runs, or is meant to. Raises `SetupError` if nobody can be asked."""
    try:
        done = subprocess.run([systemctl, "is-active", unit], capture_output=True, text=True, check=False)  # noqa: S603
    except OSError as error:
        raise SetupError(f"{systemctl} cannot be run: {error.strerror}. Nothing was changed.") from None
    # One that failed, or waits to be started again after a crash, is meant to run.
    return done.stdout.strip() != "inactive"


def _control(systemctl: str, verb: str, unit: str) -> str:
    try:
        done = subprocess.run([systemctl, verb, unit], capture_output=True, text=True, check=False)  # noqa: S603
    except OSError as error:
        return f"{systemctl} cannot be run: {error.strerror}."
    said = " ".join(done.stderr.split())
    return "" if done.returncode == 0 else f"{systemctl} {verb} {unit} ended with {done.returncode}: {said}"


def _until_well(council: Council, wait: int, sleep: Callable[[float], None] = time.sleep) -> str:
    """Wait until the service says that it is well; why it is not, or ""."""
    for _ in range(wait):
        troubles = _look(council)["troubles"]
        if not troubles:
            return ""
        sleep(1)
    return f"it runs on the new program and is not well: {' '.join(troubles)}" if wait else ""


def _each(every: Sequence[Council], words: Sequence[str] | Callable[[Council], Sequence[str]]) -> None:
    """One command for each; a council for which it fails holds up no other."""
    _read_what_is_common()
    failed = 0
    for each in every:
        ran = run(each, words(each) if callable(words) else words)
        failed += ran.code != 0
        out.print(f"{each.name}: {'done' if ran.code == 0 else 'failed'}")
        out.print(_indented((ran.out, ran.err) if ran.code else (ran.out,)))
    _end(failed, "failed", "failed")


def _some(folder: Path, only: Sequence[str] | None) -> list[Council]:
    every = councils(folder)
    if strange := sorted({*(only or ())} - {each.name for each in every}):
        raise SetupError(f"--only: there is no settings file {folder / strange[0]}{ENDING}.")
    return [each for each in every if not only or each.name in only]


def _read_what_is_common() -> None:
    """Each command's process begins as a copy of this one: what all need is read once, here."""
    from qabot.cli import status, upgrading  # noqa: F401 - read once, for all
    from qabot.wiring import check_messages, known_limits, load_tools

    # Of no council's settings, and what is wrong is for each to say of its own.
    with suppress(QabotError):
        check_messages(load_tools(Settings.model_construct()), known_limits())


def _copy_of(council: Council, backups: Path, now: datetime) -> Path:
    return backups / f"{council.name}-{now:%Y-%m-%d-%H%M%S}.db"


def _see_folder(folder: Path) -> None:
    if not folder.is_dir():
        raise SetupError(f"{folder}: there is no such folder.")


def _last(ran: Ran) -> str:
    """Why a command failed: its error's last line, or the last one that it printed."""
    lines = [each for each in (*ran.out.splitlines(), *ran.err.splitlines()) if each.strip()]
    return lines[-1].strip() if lines else f"it ended with {ran.code}."


def _indented(texts: Iterable[str]) -> str:
    return "\n".join(f"    {line}" for each in texts for line in each.splitlines())


def _end(count: int, one: str, many: str) -> None:
    if count:
        out.print(f"{plural(count, f'council {one}', f'councils {many}')}.")
        raise typer.Exit(WRONG)
