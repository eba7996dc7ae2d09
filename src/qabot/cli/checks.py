"""What the service needs besides its chats, each checked: for `qabot doctor`, and for the start of `qabot serve`."""

import asyncio
import os
from collections.abc import Iterator, Sequence
from contextlib import closing
from urllib.parse import urlsplit

from alembic.script import ScriptDirectory
from sqlmodel import Session, col, func, select

from qabot.adapter import Finding
from qabot.cli.databases import is_new, open_quietly, place, refuse_shares
from qabot.cli.support import out
from qabot.errors import QabotError, SetupError
from qabot.framework import Framework
from qabot.messaging.values import plural
from qabot.models import Person
from qabot.models.migrate import config, newest, version
from qabot.private_files import open_to_others
from qabot.rights.resealing import unreadable
from qabot.scheduler.clock import SystemClock
from qabot.scheduler.standstill import brought_back
from qabot.scheduler.watching.telling import relay_of
from qabot.settings import LEAST_SECRET, Settings, is_here
from qabot.wiring import check_messages, known_limits, load_framework, load_tools, reception_of
from qabot.workflows.core.sealing import Sealer

HOW_TO_MAKE_A_KEY = 'python -c "import secrets; print(secrets.token_urlsafe(32))"'
INVENTED = ("invented", "demonstration", "020 7946 0")
"""What the demonstration's duty line and council have in their names: 020 7946 0 is kept for what nobody answers."""


def service_findings(settings: Settings) -> Iterator[Finding]:
    """Secret key, address, framework, duty line, messages, database, chats, files."""
    yield secret_key(settings)
    yield base_address(settings)
    framework = None
    try:
        framework = load_framework(settings, load_tools(settings).catalogue)
        check_messages(load_tools(settings), known_limits())
    except QabotError as wrong:
        yield Finding(f"Framework and messages: {settings.framework}", False, str(wrong))
    if framework is not None:
        yield Finding(f"Framework: {framework.title}; messages and rules are well", True)
        yield demonstration(framework)
    yield database(settings)
    if not settings.adapters:
        yield Finding(
            "Chats: none", True, "Set QABOT_ADAPTERS to slack, teams or both, if people are to be told there."
        )
    yield from signing_in(settings)
    for sentence in open_to_others(settings.database_url, os.environ):
        yield Finding("Files that hold secrets or the database", True, sentence)


def say(finding: Finding) -> bool:
    """One line, and what to do below it; whether all is well."""
    mark = "FAIL" if not finding.ok else "NOTE" if finding.advice else "OK  "
    out.print(f"{mark} {finding.check}")
    if finding.advice:
        out.print(f"     {finding.advice}")
    return finding.ok


def secret_key(settings: Settings) -> Finding:
    """Whether personal links and sessions can be signed."""
    advice = (
        f"QABOT_SECRET_KEY is missing or shorter than {LEAST_SECRET} characters. Make one with: {HOW_TO_MAKE_A_KEY}"
    )
    well, older = len(settings.secret_key) >= LEAST_SECRET, len(settings.secret_keys) - 1
    if older:
        advice = (
            "What older keys sealed is sealed anew by `qabot reseal`, and webhooks that are older than the new key are "
            "made anew by you; then they can go (docs/settings.md)."
        )
    elif well and _has_a_key_behind(settings.secret_key):
        # Somebody put a new key before the old one, and it is too short to be one: sessions end, and answers are lost.
        advice = (
            "It has a comma or a line break in it, and counts as one key: a part of it is shorter than "
            f"{LEAST_SECRET} characters. If several are meant, make the short one "
            f"anew: {HOW_TO_MAKE_A_KEY}"
        )
        return Finding("Secret key", False, advice)
    return Finding(
        f"Secret key, and {plural(older, 'older one', 'older ones')}" if older else "Secret key",
        well,
        advice if older or not well else "",
    )


def _has_a_key_behind(given: str) -> bool:
    return any(len(each.strip()) >= LEAST_SECRET for each in given.replace("\n", ",").split(",")[1:])


def signing_in(settings: Settings) -> Sequence[Finding]:
    """Whether each issuer with whose accounts people sign in answers, and fits its settings. Not from an event loop."""
    reception = reception_of(settings, SystemClock().now)
    return asyncio.run(reception.checked()) if reception is not None else ()


def operators_mail(settings: Settings) -> Iterator[Finding]:
    """Whether the relay would take what the watcher writes: none is sent. Nothing if nobody is to be written to."""
    check = "E-mails to whoever runs the service"
    if not settings.operator_email:
        return
    try:
        relay = relay_of(settings, os.environ)
    except SetupError as wrong:
        yield Finding(check, False, str(wrong))
        return
    if relay is None:
        advice = (
            "QABOT_SMTP_HOST is not set, so none is sent: the watcher tells on the pages, /health and the log alone."
        )
        yield Finding(check, False, advice)
        return
    why = relay.fault()
    where = f"{check}: by {relay.host}, port {relay.port}"
    yield Finding(where, not why, f"{why}. See to the QABOT_SMTP settings (docs/settings.md)." if why else "")


def base_address(settings: Settings) -> Finding:
    """Whether people reach the web inbox at the address that links and buttons begin with."""
    check = f"Base address: {settings.base_url}"
    if is_here(urlsplit(settings.base_url).hostname or ""):
        advice = "Only this machine reaches it. Set QABOT_BASE_URL to the https address at which people reach qabot."
        return Finding(check, not settings.adapters, advice)
    open_advice = "Without https, whoever is on the way reads everything: for a trial with nobody's data."
    return Finding(check, True, open_advice if settings.is_open else "")


def invented_values(framework: Framework) -> dict[str, str]:
    """What still stands under `council` as the demonstration had it, by its key."""
    council = framework.council
    values = {"name": council.name, "duty_line": council.duty_line}
    return {key: value for key, value in values.items() if any(each in value.casefold() for each in INVENTED)}


def refuse_the_demonstration(framework: Framework) -> None:
    """Raise `SetupError` while the demonstration's values stand: a real alert would say to phone an invented number."""
    if wrong := invented_values(framework):
        lines = "\n".join(["  council:", *(f"    {key}: ..." for key in wrong)])
        raise SetupError(
            f"With a chat qabot sends to real people, and these are the demonstration's: {', '.join(wrong.values())}. "
            f"Write the council's own into a file that extends {framework.framework} (docs/frameworks.md), and name it "
            f"in QABOT_FRAMEWORK:\n{lines}"
        )


def demonstration(framework: Framework) -> Finding:
    """Whether the council's own name and duty line stand where the demonstration's did."""
    council = framework.council
    check = f"Council: {council.name}; duty line: {council.duty_line}"
    wrong = invented_values(framework)
    lines = " and ".join(f"council.{key}" for key in wrong)
    return Finding(
        check, not wrong, f"These are the demonstration's: write {lines} into your framework." if wrong else ""
    )


def database(settings: Settings) -> Finding:
    """Whether the database is there, can be read, and is of this version. Looking changes nothing."""
    check = f"Database: {place(settings) if '://' in settings.database_url else settings.database_url}"
    try:
        refuse_shares(settings)
        if is_new(settings):
            return Finding(f"{check}: none yet", False, "`qabot serve` makes it; or is another one meant?")
        store = open_quietly(settings)
    except SetupError as wrong:
        return Finding(check, False, str(wrong))
    try:
        now, known = version(store), ScriptDirectory.from_config(config())
        if now != known.get_current_head():
            older = now in {each.revision for each in known.walk_revisions()}
            advice = (
                "`qabot serve` brings it up to this version; copy it first, with the qabot that ran there."
                if older
                else "A newer qabot wrote it."
            )
            return Finding(f"{check}, of version {now}", older, advice)
        with store.transaction() as session:
            people = session.exec(select(func.count()).select_from(Person).where(col(Person.active))).one()
            back, sealed = brought_back(session), sealed_answers(session, settings)
        if back is not None or sealed:
            sentences = [back.sentence() if back else "", sealed]
            return Finding(f"{check}: {people} people", False, " ".join(filter(None, sentences)))
        return Finding(f"{check}: {people} people", True)
    finally:
        store.close()


def sealed_answers(session: Session, settings: Settings) -> str:
    """What to do about survey answers that no secret key of the settings opens; "" if each is opened."""
    if len(settings.secret_key) < LEAST_SECRET or not (lost := unreadable(session, Sealer(*settings.secret_keys))):
        return ""
    what = plural(lost, "survey sheet is", "survey sheets are")
    return (
        f"{what} sealed with a key that is not in QABOT_SECRET_KEY, and cannot be counted. Put the key that sealed "
        "them behind the first one, and give `qabot reseal` (docs/settings.md, a new secret key)."
    )


def is_current(settings: Settings) -> bool:
    """Whether the database is there and of this version, so that it can be read without being changed."""
    try:
        refuse_shares(settings)
        if is_new(settings):
            return False
        with closing(open_quietly(settings)) as store:
            return version(store) == newest()
    except SetupError:
        return False
