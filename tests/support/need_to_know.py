"""Who may open what: every page of the application asked by somebody with each role, over HTTP, in a small council.

`python -m tests.support.need_to_know` writes the table of docs/assurance/need-to-know.md anew.
"""

import asyncio
import re
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from qabot.web.app import create_app
from qabot.wiring import web_parts
from tests.support.web_platform import OnWeb, on_web

DOCUMENT = Path(__file__).parents[2] / "docs" / "assurance" / "need-to-know.md"
BEGIN, END = "<!-- made by python -m tests.support.need_to_know -->\n", "<!-- end of what is made -->\n"
ADMINISTRATOR = "ewan"
ROLES = {
    "sofia": "Practitioner",
    "ade": "Practice Lead",
    "mina": "Service Manager",
    "hanif": "Head of Service",
    "sian": "Senior leader",
    "quinn": "Quality assurance",
    ADMINISTRATOR: "Administrator",
}
"""Somebody of the small council with each role."""
OWN = {
    "/inbox": "Messages: one's own",
    "/owe": "What is owed: one's own",
    "/calendar": "Dates: one's own",
    "/cover": "Who stands in: for oneself",
    "/actions": "Actions: one's own, and those of the people whom one looks after",
    "/search": "Search: finds only what one may open",
    "/good-practice": "Good practice that was shared",
    "/surveys": "Surveys: those that one may send or read; figures from five answers on",
    "/surveys/months": "How many nominations and answers there were; fewer than five hidden",
    "/words": "What the words in messages mean",
    "/my-team": "What one's people owe, by name; grades only above the Practice Lead",
}
PERSON = "/people/{person}"
RECORD = "/audits/{reference}"
PROGRAMME = {
    "/programme": "The programme: counts by service",
    "/programme/today": "Today: everything that is late or waits, by name",
    "/programme/coming": "What will be sent to whom",
    "/programme/coming/message": "A message that will be sent",
    "/programme/deadlines/{token}": "One deadline, with its history",
    "/programme/figures": "Figures; small numbers hidden",
    "/programme/gatherings": "Meetings and who is invited",
    "/programme/log": "The event log: who did, read and was told what",
    "/programme/notices": "Messages: to whom, when, why, and what became of them",
    "/programme/people": "Everybody, with what is open",
    "/programme/readings": "How the council's rules are read",
    "/programme/reports": "Reports that were issued",
    "/programme/reports/open": "A report by its kind and period",
    "/programme/reports/issued/{token}": "One report, as issued",
    "/programme/reports/{kind}/{key}": "A report that is being written",
    "/surveys/new": "A short survey, to be sent",
}
ADMINISTRATION = {
    "/administration": "What is still to be set up",
    "/administration/data": "What is kept, and for how long; legal holds",
    "/administration/data/{person}": "One person's data: copy, erase, hold",
    "/administration/differences": "What the council's directory states otherwise of staff",
    "/administration/people/new": "A new person",
    "/administration/people/{person}/access": "Somebody's sessions",
    "/administration/people/{person}/change": "Somebody's roles",
    "/administration/people/{person}/leave": "Somebody leaves",
    "/administration/people/{person}/link": "A link for somebody to sign in with",
    "/administration/platforms": "How the chats are connected",
    "/administration/rules": "The council's rules",
    "/administration/settings": "Settings, without secrets",
    "/administration/tokens": "Tokens of other programs, which are shown once",
    "/administration/webhooks": "Addresses of other programs that are called of what happens",
    "/administration/try-out": "Rules, tried out",
    "/administration/try-out/{token}": "One trial of rules",
    "/administration/upload": "A file of people, cases or audits",
}
ELSEWHERE = {
    "/": "leads to one of these",
    "/act": "a press, checked for each",
    "/forms/{name}": "a form, checked for each",
    "/picking/{cycle}": "cases of a round: whoever picks them, as the framework says",
    "/n/{token}": "one message of one's own",
    "/gatherings/{token}": "whoever runs, is invited to or was told of it",
    "/surveys/{token}": "whoever may send it or read it",
    "/words/{word}": "one word",
    "/in/{text}": "signing in",
    "/inbox/changes": "the inbox, as it changes",
    "/calendar/{text}": "one's own dates, for whoever has the secret address",
    "/audits/{reference}/meeting": "the record's meeting",
    "/static/council.css": "the council's colour",
    "/static/council-logo": "the council's logo",
    "/health": "for probes: counts, no name",
}
"""Addresses that hold nothing of other people, or that are checked one by one: with what they are."""
FILES = re.compile(r"(\.(csv|xlsx|png|ics)|/as/\{ending\})$|^/administration/people\.csv$")
"""The same as a file: it has its page's rights, which tests/unit/web/test_web_team.py asks of each."""
Matrix = Mapping[str, Mapping[str, bool]]
"""What, in words -> the role's title -> whether it is open to them."""


def unnamed(web: OnWeb) -> set[str]:
    """Addresses of the application that no line of this module speaks of."""
    from tests.unit.web.test_web_odd_requests import routes

    there = {each.path for each in routes(create_app(web_parts(web.qabot))) if "GET" in (each.methods or ())}
    pages = {FILES.sub("", each) for each in there} - {""}
    return pages - {*OWN, PERSON, RECORD, *PROGRAMME, *ADMINISTRATION, *ELSEWHERE, "/metrics", "/programme/owed"}


async def matrix(web: OnWeb) -> Matrix:
    """Ask each page as somebody with each role. A page that is not there is open to whoever is told so (404)."""
    world = web.world
    world.change(ADMINISTRATOR, administrator=True)
    own, other = await world.audit("cyrus", team="stratford"), await world.audit("bea", team="west")
    deadline = str(world.deadline("audit", own).token)
    found: dict[str, dict[str, bool]] = {}
    for person, role in ROLES.items():
        await web.open(person, "/inbox")

        async def ask(what: str, path: str, person: str = person, role: str = role, gone: int = 404) -> None:
            answer = await web.browsers[person].get(path)
            found.setdefault(what, {})[role] = answer.status_code in {200, 303, 400, gone}

        for path, what in OWN.items():
            await ask(what, path)
        await ask("A person's page: one's own", f"/people/{world.ids[person]}", gone=0)
        await ask("A person's page: of a colleague", f"/people/{world.ids['wanda']}", gone=0)
        await ask("A record: of a team of Safeguarding", f"/audits/{own.reference}", gone=0)
        await ask("A record: of a team of another service", f"/audits/{other.reference}", gone=0)
        for path, what in (PROGRAMME | ADMINISTRATION).items():
            named = path.replace("{token}", deadline).replace("{person}", str(world.ids["wanda"]))
            await ask(what, re.sub(r"\{\w+\}", "1", named))
    return found


def table(found: Matrix) -> str:
    """The matrix as Markdown."""
    roles = list(ROLES.values())
    lines = [f"| What | {' | '.join(roles)} |", f"|---|{'---|' * len(roles)}"]
    lines += [f"| {what} | {' | '.join('yes' if by[each] else 'no' for each in roles)} |" for what, by in found.items()]
    return "\n".join(lines) + "\n"


def laid_in(text: str, made: str) -> str:
    """The document with this table between its two marks."""
    before, after = text.split(BEGIN)[0], text.split(END)[1]
    return f"{before}{BEGIN}\n{made}\n{END}{after}"


async def _write() -> None:
    with tempfile.TemporaryDirectory() as folder:
        async with on_web(Path(folder)) as web:
            made = table(await matrix(web))
    DOCUMENT.write_text(laid_in(DOCUMENT.read_text("utf-8"), made), "utf-8")
    sys.stdout.write(made)


if __name__ == "__main__":
    asyncio.run(_write())
