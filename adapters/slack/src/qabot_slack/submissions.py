"""Forms that were sent. Slack waits for the answer here, because errors stand beside the fields only in it."""

import asyncio
from dataclasses import replace

import structlog

from qabot.adapter import OpenForm, Reply, Say, Service, ShowCard, Submission, Who
from qabot.adapter_kit.drafts import Draft, Drafts
from qabot.messaging.form import Form
from qabot_slack import modals
from qabot_slack.answering import Answering
from qabot_slack.api import Api
from qabot_slack.background import Background, Once
from qabot_slack.elements import Json
from qabot_slack.home import Home
from qabot_slack.modals import Origin
from qabot_slack.outcomes import CallFailed
from qabot_slack.presses import team_of
from qabot_slack.screen import MODAL_PATIENCE, Place, Screen

log = structlog.get_logger()

# Slack waits 3 seconds; what takes longer is shown by an update of the modal.
PATIENCE_SECONDS = 2.0
SENT = "This was sent."
NOT_TAKEN = "This could not be taken just now. Please send it again."
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
        self._replies: dict[str, Reply] = {}

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
            shown = modals.say_view(PAGES_LOST)
        else:
            draft.values.update(modals.answers(view))
            shown = await self._screen.form_view(draft.filled(), replace(origin, page=max(0, origin.page - 1)))
        try:
            await self._update(view, shown)
        except CallFailed as failed:
            # The person still has the page before them, or has closed it.
            log.warning("a reply was not shown", action="slack-reply-refused", kind="modal", error=failed.error)

    async def _in_time(self, body: Json) -> Json:
        working = asyncio.ensure_future(self._safely(body))
        await asyncio.wait({working}, timeout=PATIENCE_SECONDS)
        if working.done():
            self._replies.pop(str(body["view"]["id"]), None)
            return working.result()
        self._background.start(self._afterwards(body, working), what="a slow form")
        return _update(modals.moment_view(modals.origin_of(body["view"])))

    async def _safely(self, body: Json) -> Json:
        try:
            return await self._answer(body)
        except Exception:
            log.exception("a form could not be taken", action="slack-form-failed")
            return _errors_above(body["view"])

    async def _afterwards(self, body: Json, working: "asyncio.Future[Json]") -> None:
        view, answer = body["view"], await working
        reply = self._replies.pop(str(view["id"]), None)
        try:
            await self._show_late(view, answer)
        except CallFailed as failed:
            # The modal that asked to wait is closed, or cannot be redrawn: what came of it is said all the same.
            log.warning("a reply was not shown", action="slack-reply-refused", kind="modal", error=failed.error)
            await self._answering.say_instead(Place(str(body["user"]["id"]), "direct"), reply or Say(SENT))

    async def _show_late(self, view: Json, answer: Json) -> None:
        if answer.get("response_action") == "errors":
            await self._update(view, modals.again(view, answer["errors"]))
        elif answer.get("response_action") == "update":
            await self._update(view, answer["view"])
        else:
            await self._update(view, modals.say_view(SENT))

    async def _update(self, view: Json, shown: Json) -> None:
        await self._api.persist("views.update", patience=MODAL_PATIENCE, view_id=view["id"], view=shown)

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
        self._replies[str(view["id"])] = reply
        match reply:
            case Say(words, failed=True):
                # What was written stays before them, to be sent again.
                return _errors_above(view, words)
            case OpenForm(form):
                return await self._form_again(view, origin, form)
            case ShowCard(card, words, buttons):
                if origin.ts:
                    where = Place(place.user, "message", channel=origin.channel, ts=origin.ts)
                    self._background.start(self._answering.show(where, reply), what="redraw after a form")
                    return {"response_action": "clear"}
                self._redraw_home(origin, place.user)
                return _update(modals.card_view(card, origin, words, buttons))
            case Say(words, card, buttons=buttons):
                self._redraw_home(origin, place.user)
                return _update(modals.say_view(words, card, origin, buttons))

    async def _form_again(self, view: Json, origin: Origin, form: Form) -> Json:
        if form.errors and (beside := modals.field_errors(form, view)):
            return {"response_action": "errors", "errors": beside}
        same = form.name == origin.form and form.token == origin.token
        page = modals.page_of(form, set(form.errors)) if form.errors else 0
        if same and (draft := self._drafts.find(origin.draft)):
            draft.form = replace(form, values=draft.form.values)
            form = replace(draft.filled(), errors=form.errors)
        return _update(
            await self._screen.form_view(form, replace(origin, page=page, draft=origin.draft if same else ""))
        )

    def _redraw_home(self, origin: Origin, user: str) -> None:
        if origin.home:
            self._background.start(self._home.publish(user), what="home after a form")


def _update(view: Json) -> Json:
    return {"response_action": "update", "view": view}


def _errors_above(view: Json, words: str = NOT_TAKEN) -> Json:
    first = next((block["block_id"] for block in view["blocks"] if block["type"] == "input"), None)
    if first is None:
        return _update(modals.say_view(words))
    return {"response_action": "errors", "errors": {first: words}}
