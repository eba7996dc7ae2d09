"""Trying an edited framework out: linted, compared with the one in force, played for a quarter with the people here.

Nothing is stored: the file, and a copy of people and cases, lie in a folder of their own that only this user may read,
as long as the commands run that play them. What came of it is kept in memory for a while.
"""

import asyncio
import os
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from time import monotonic

import orjson
import structlog

from qabot.errors import BadFile, said
from qabot.framework import Difference, Framework, differences
from qabot.framework.calendar import add_months
from qabot.framework.lint import lint, warn
from qabot.framework.loader import is_path, load
from qabot.framework.source import read_with_doubles
from qabot.models.columns import new_token
from qabot.web.differences import lines
from qabot.web.ports import RuleFiles

log = structlog.get_logger()
LARGEST = 1024 * 1024
"""Bytes of a framework file."""
MONTHS = 3
LONGEST = 900.0
"""Seconds for which one try-out is played at most."""
KEPT = 1800.0
"""Seconds for which what came of one is kept."""
AT_A_TIME = 1
"""Try-outs that are played at a time: alerts go first on this machine."""
MOST_LINES = 400
YOURS = "your file"
REPLACED = "Your newer file took its place, so this one was not played to its end."
ELSEWHERE = "expected the name of a framework, such as newham; a file by its path is for `qabot framework check`"


@dataclass(frozen=True, slots=True)
class Council:
    """The people and cases who are here, as files say them, and the day on which the quarter begins."""

    people: str
    cases: str
    first: date

    @property
    def last(self) -> date:
        """The last day of the quarter."""
        return add_months(self.first, MONTHS) - timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Played:
    """What a framework would send in the quarter: messages that reach somebody by themselves, and notices in all.

    `of_message` counts notices by the message's name; `busiest` is the day with most messages, `most` how many one
    person gets at most.
    """

    messages: int
    notices: int
    people: int
    busiest: tuple[date, int] | None
    most: int
    of_message: Counter[str]


@dataclass
class TryOut:
    """One try-out and what is known of it so far. `playing`: the quarter is being played."""

    token: str
    person_id: int
    council: Council
    problems: Sequence[str] = ()
    doubts: Sequence[str] = ()
    framework: Framework | None = None
    changes: Sequence[Difference] = ()
    said: Sequence[str] = ()
    now: Played | None = None
    then: Played | None = None
    failed: Sequence[str] = ()
    playing: bool = False
    began: float = field(default_factory=monotonic)

    @property
    def compared(self) -> list[tuple[str, int, int]]:
        """Notices by message, now and then, where they differ."""
        if self.now is None or self.then is None:
            return []
        names = sorted({*self.now.of_message, *self.then.of_message})
        pairs = [(name, self.now.of_message[name], self.then.of_message[name]) for name in names]
        return [each for each in pairs if each[1] != each[2]]


class TryOuts:
    """Those of this process. Of one person the newest alone is played, so that few can wait."""

    def __init__(self, rules: RuleFiles) -> None:
        self.rules = rules
        self._known: dict[str, TryOut] = {}
        self._turns = asyncio.Semaphore(AT_A_TIME)
        self._tasks: dict[int, asyncio.Task[None]] = {}

    async def begin(self, text: str, council: Council, person_id: int) -> TryOut:
        """Check a file, and begin to play it if nothing is wrong with it."""
        self._forget()
        tried = TryOut(new_token(), person_id, council)
        self._known[tried.token] = tried
        folder = Path(await asyncio.to_thread(tempfile.mkdtemp, prefix="qabot-try-out-"))
        try:
            await asyncio.to_thread(_check, tried, self.rules, folder, text)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        if tried.problems:
            shutil.rmtree(folder, ignore_errors=True)
            return tried
        tried.playing = True
        if (before := self._tasks.get(person_id)) is not None:
            before.cancel()
        self._tasks[person_id] = asyncio.create_task(self._play(tried, folder))
        self._tasks[person_id].add_done_callback(partial(_ended, tried, folder))
        return tried

    def find(self, token: str, person_id: int) -> TryOut | None:
        """The try-out of this person; None if it is not kept here."""
        self._forget()
        tried = self._known.get(token)
        return tried if tried is not None and tried.person_id == person_id else None

    def _forget(self) -> None:
        now = monotonic()
        self._known = {key: each for key, each in self._known.items() if each.playing or now - each.began < KEPT}

    async def _play(self, tried: TryOut, folder: Path) -> None:
        try:
            async with self._turns, asyncio.timeout(LONGEST):
                tried.now = await _simulate(self.rules.name, tried.council, folder)
                tried.then = await _simulate(str(folder / _file(self.rules)), tried.council, folder)
        except TimeoutError:
            tried.failed = ["It took too long, so it was ended. Try it with `qabot simulate` on another machine."]
        except BadFile as wrong:
            tried.failed = [each.replace(f"{folder}/", "") for each in str(wrong).splitlines()]
        except Exception:
            log.exception("a try-out failed", action="try-out-failed")
            tried.failed = ["It could not be played, which is our mistake. It is in the log: tell whoever runs qabot."]


def _ended(tried: TryOut, folder: Path, task: asyncio.Task[None]) -> None:
    """What comes after, also of one that was ended before it began."""
    if task.cancelled():
        tried.failed = [REPLACED]
    tried.playing, tried.began = False, monotonic()
    shutil.rmtree(folder, ignore_errors=True)


def _file(rules: RuleFiles) -> str:
    """What the file is called there: as the one in force, so that problems and `extends` read alike."""
    return f"{Path(rules.name).stem}.yaml"


def _check(tried: TryOut, rules: RuleFiles, folder: Path, text: str) -> None:
    """Every problem at once; of a file that is well, what differs from the one in force."""
    path = folder / _file(rules)
    path.write_text(text, "utf-8")
    (folder / "people.csv").write_text(tried.council.people, "utf-8")
    (folder / "cases.csv").write_text(tried.council.cases, "utf-8")

    def shown(line: object) -> str:
        return str(line).replace(str(path), YOURS)

    try:
        _stay_here(path, rules.folders)
        framework = load(path, rules.folders, to_lint=True)
        problems = [*lint(framework, rules.messages)]
    except BadFile as wrong:
        problems = wrong.problems
    if problems:
        tried.problems = [shown(each) for each in said(problems)]
        return
    tried.framework = framework
    tried.doubts = [shown(each) for each in warn(framework)]
    tried.changes = differences(rules.framework, framework)
    tried.said = [shown(each) for each in lines(rules.framework, framework, tried.changes)][:MOST_LINES]


def _stay_here(path: Path, folders: Sequence[Path]) -> None:
    """Raise `BadFile` if the file extends one from elsewhere: what is wrong in that would be told, and so be read."""
    extends = read_with_doubles(path).value.get("extends")
    if extends is None or not isinstance(extends.value, str) or not is_path(extends.value):
        return
    base = Path(os.path.normpath(path.parent / extends.value))
    if not any(base.is_relative_to(each.absolute()) for each in folders):
        raise BadFile([extends.place.problem(("extends",), ELSEWHERE)])


async def _simulate(framework: str, council: Council, folder: Path) -> Played:
    """The quarter as `qabot simulate` plays it, in a process of its own that lets all others go first."""
    nice = shutil.which("nice")
    command = [
        *([nice, "-n", "15"] if nice else []),
        sys.executable,
        "-m",
        "qabot",
        "simulate",
        framework,
        *("--from", council.first.isoformat(), "--to", council.last.isoformat()),
        *("--people", str(folder / "people.csv")),
        *(("--cases", str(folder / "cases.csv")) if council.cases.count("\n") > 1 else ()),
        *("--people-answer", "most", "--jsonl"),
    ]
    running = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, stdin=asyncio.subprocess.DEVNULL
    )
    try:
        out, errors = await running.communicate()
    except BaseException:
        with suppress(ProcessLookupError):
            running.kill()
        await running.wait()
        raise
    if running.returncode == 2:
        raise BadFile([]) if not errors.strip() else _told(errors.decode(errors="replace"))
    if running.returncode:
        raise RuntimeError(errors.decode(errors="replace")[-2000:])
    return _counted([orjson.loads(line) for line in out.splitlines()])


class _Told(BadFile):
    """What the command said of files that cannot be played, as it said it."""

    def __init__(self, text: str) -> None:
        super().__init__([])
        self._text = text

    def __str__(self) -> str:
        return self._text


def _told(text: str) -> BadFile:
    return _Told("\n".join(line for line in text.splitlines() if line and not line.startswith("Database: ")))


def _counted(notices: Sequence[dict[str, str]]) -> Played:
    """A digest is one message, however much it carries."""
    reached = {(each["email"], each["sent_in"] or number, each["at"][:10]) for number, each in enumerate(notices)}
    days = Counter(day for _, _, day in reached)
    people = Counter(email for email, _, _ in reached)
    busiest = min(days, key=lambda day: (-days[day], day), default=None)
    return Played(
        messages=len(reached),
        notices=len(notices),
        people=len(people),
        busiest=(date.fromisoformat(busiest), days[busiest]) if busiest else None,
        most=max(people.values(), default=0),
        of_message=Counter(each["message"] for each in notices),
    )
