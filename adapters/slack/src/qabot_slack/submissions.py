"""Forms that were sent. Slack waits for the answer here, because errors stand beside the fields only in it."""

import asyncio
from dataclasses import replace

import structlog

from qabot.adapter import OpenForm, Reply, Say, Service, ShowCard, Submission, Who
from qabot.messaging.form import Form
from qabot_slack import modals
from qabot_slack.answering import Answering
from qabot_slack.api import Api
from qabot_slack.background import Background, Once
from qabot_slack.drafts import Draft, Drafts
from qabot_slack.elements import Json
from qabot_slack.home import Home
from qabot_slack.modals import Origin
from qabot_slack.outcomes import CallFailed
from qabot_slack.presses import team_of
from qabot_slack.screen import Place, Screen

log = structlog.get_logger()

# Slack waits 3 seconds; what takes longer is shown by an update of the modal.
PATIENCE_SECONDS = 2.0
PAGES_LOST = "qabot was restarted while you were writing. Please look through the pages again before you send this."


class Submissions:
    """Takes forms, and goes from page to page."""

    def __init__(
        self,
        service: Service,
        answering: Answering,
        screen: Screen,
        drafts: Drafts,
        home: Home,
        api: Api,
        once: Once,
        background: Background,
    ) -> None:
        self._service = service
        self._answering = answering
        self._screen = screen
        self._drafts = drafts
        self._home = home
        self._api = api
        self._once = once
        self._background = background

    async def sent(self, body: Json) -> Json:
        """What to acknowledge a sent form with: `response_action` and its parts, or nothing, which closes it.

        A repeat gets the same. Never raises.
        """
        return await self._once.result(f"sent {body['trigger_id']}", lambda: self._in_time(body))

    async def back(self, body: Json) -> None:
        """Go back a page, and keep what stands on this one."""
        view = body["view"]
        origin = modals.origin_of(view)
        draft = self._drafts.find(origin.draft)
        if draft is None:
            return await self._update(view, modals.say_view(PAGES_LOST))
        draft.values.update(modals.answers(view))
        page = replace(origin, page=max(0, origin.page - 1))
        return await self._update(view, await self._screen.form_view(draft.filled(), page))

    async def _in_time(self, body: Json) -> Json:
        working = asyncio.ensure_future(self._safely(body))
        await asyncio.wait({working}, timeout=PATIENCE_SECONDS)
        if working.done():
            return working.result()
        self._background.start(self._afterwards(body["view"], working), what="a slow form")
        return _update(modals.moment_view(modals.origin_of(body["view"])))

    async def _safely(self, body: Json) -> Json:
        try:
            return await self._answer(body)
        except Exception:
            log.exception("a form could not be taken", action="slack.failed")
            return _errors_above(body["view"])

    async def _afterwards(self, view: Json, working: "asyncio.Future[Json]") -> None:
        answer = await working
        if answer.get("response_action") == "errors":
            await self._update(view, modals.again(view, answer["errors"]))
        elif answer.get("response_action") == "update":
            await self._update(view, answer["view"])
        else:
            await self._update(view, modals.say_view("This was sent."))

    async def _update(self, view: Json, shown: Json) -> None:
        try:
            await self._api.call("views.update", view_id=view["id"], view=shown)
        except CallFailed as failed:
            if failed.error != "not_found":
                raise

    async def _answer(self, body: Json) -> Json:
        view = body["view"]
        if view["callback_id"] != modals.FORM:
            return {"response_action": "clear"}
        origin = modals.origin_of(view)
        place = Place(str(body["user"]["id"]), "modal", view_id=str(view["id"]), home=origin.home)
        values = modals.answers(view)
        if not origin.draft:
            return await self._shown(view, origin, place, await self._submit(body, place, origin, values))
        draft = self._drafts.find(origin.draft)
        if draft is None:
            return await self._begin_again(body, place, origin, values)
        draft.values.update(values)
        return await self._page(body, place, origin, draft)

    async def _page(self, body: Json, place: Place, origin: Origin, draft: Draft) -> Json:
        view = body["view"]
        every = modals.pages(draft.form)
        if origin.page < len(every) - 1:
            if wrong := draft.wrong_on({field.name for field in every[origin.page]}):
                return {"response_action": "errors", "errors": wrong}
            following = replace(origin, page=origin.page + 1)
            return _update(await self._screen.form_view(draft.filled(), following))
        reply = await self._submit(body, place, origin, draft.values)
        if not (isinstance(reply, OpenForm) and reply.form.errors):
            self._drafts.end(origin.draft)
        return await self._shown(view, origin, place, reply)

    async def _submit(self, body: Json, place: Place, origin: Origin, values: Json) -> Reply:
        async def ask(who: Who) -> Reply:
            return await self._service.submit(Submission(who, origin.form, origin.token, values))

        return await self._answering.reply(place, ask, team=team_of(body))

    async def _begin_again(self, body: Json, place: Place, origin: Origin, values: Json) -> Json:
        async def ask(who: Who) -> Reply:
            return await self._service.form(who, origin.form, values)

        reply = await self._answering.reply(place, ask, team=team_of(body))
        if isinstance(reply, OpenForm):
            form = replace(reply.form, token=origin.token, errors={**reply.form.errors, "": PAGES_LOST})
            reply = OpenForm(replace(form, values={**form.values, **values}))
        return await self._shown(body["view"], replace(origin, draft="", page=0), place, reply)

    async def _shown(self, view: Json, origin: Origin, place: Place, reply: Reply) -> Json:
        match reply:
            case OpenForm(form):
                return await self._form_again(view, origin, form)
            case ShowCard(card, words):
                if origin.ts:
                    where = Place(place.user, "message", channel=origin.channel, ts=origin.ts)
                    self._background.start(self._screen.show(where, reply), what="redraw after a form")
                    return {"response_action": "clear"}
                self._redraw_home(origin, place.user)
                return _update(modals.card_view(card, origin, words))
            case Say(words, card):
                self._redraw_home(origin, place.user)
                return _update(modals.say_view(words, card, origin))

    async def _form_again(self, view: Json, origin: Origin, form: Form) -> Json:
        if form.errors and (beside := modals.field_errors(form, view)):
            return {"response_action": "errors", "errors": beside}
        same = form.name == origin.form and form.token == origin.token
        page = modals.page_of(form, set(form.errors)) if form.errors else 0
        if same and (draft := self._drafts.find(origin.draft)):
            form = replace(draft.filled(), errors=form.errors)
        return _update(
            await self._screen.form_view(form, replace(origin, page=page, draft=origin.draft if same else ""))
        )

    def _redraw_home(self, origin: Origin, user: str) -> None:
        if origin.home:
            self._background.start(self._home.publish(user), what="home after a form")


def _update(view: Json) -> Json:
    return {"response_action": "update", "view": view}


def _errors_above(view: Json) -> Json:
    first = next(block["block_id"] for block in view["blocks"] if block["type"] == "input")
    return {"response_action": "errors", "errors": {first: "This could not be taken just now. Please send it again."}}
