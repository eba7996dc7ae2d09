"""What Slack sends, as far as it is read here: a body of any other shape is turned down before anything works with it.

A signature says who sent a body, not that it is whole. Parts that nothing here reads may be anything.
"""

from typing import Annotated, Any, Literal, NotRequired

from pydantic import Field, TypeAdapter, ValidationError
from typing_extensions import TypedDict

from qabot.adapter_kit.bodies import read_json
from qabot_slack.elements import Json

Text = Annotated[str, Field(strict=True)]
Id = Annotated[str, Field(strict=True, min_length=1, max_length=255)]
"""Slack's ids are some dozen characters; this service's action ids may have 255."""


class Unreadable(Exception):
    """A body is not one of Slack's. The text says where, never what stands there."""


class _User(TypedDict):
    id: Id
    team_id: NotRequired[Text | None]


class _Team(TypedDict):
    id: NotRequired[Text | None]


class _Press(TypedDict):
    action_id: Id
    action_ts: NotRequired[Text]
    value: NotRequired[Text | None]
    url: NotRequired[Text | None]


class _Container(TypedDict):
    channel_id: NotRequired[Text | None]
    message_ts: NotRequired[Text | None]


class _Element(TypedDict):
    action_id: Id


class _Block(TypedDict):
    type: Text
    block_id: Id
    element: NotRequired[_Element]


class _Option(TypedDict):
    value: Text


class _Answer(TypedDict):
    type: Text
    value: NotRequired[Text | None]
    selected_option: NotRequired[_Option | None]
    selected_options: NotRequired[list[_Option] | None]
    selected_date: NotRequired[Text | None]


class _State(TypedDict):
    values: dict[Text, dict[Text, _Answer]]


class _View(TypedDict):
    id: Id
    type: Text
    callback_id: NotRequired[Text | None]
    blocks: NotRequired[list[_Block]]
    state: NotRequired[_State]
    private_metadata: NotRequired[Text | None]


class _SentView(_View):
    callback_id: Text  # type: ignore[misc]
    blocks: list[_Block]  # type: ignore[misc]
    state: _State  # type: ignore[misc]


class _Interaction(TypedDict):
    user: _User
    team: NotRequired[_Team | None]


class _Actions(_Interaction):
    type: Literal["block_actions"]
    trigger_id: Id
    actions: Annotated[list[_Press], Field(min_length=1)]
    view: NotRequired[_View | None]
    container: NotRequired[_Container]
    response_url: NotRequired[Text | None]


class _Suggestion(_Interaction):
    type: Literal["block_suggestion"]
    action_id: Id
    value: NotRequired[Text | None]


class _Sent(_Interaction):
    type: Literal["view_submission"]
    trigger_id: Id
    view: _SentView


class _Closed(_Interaction):
    type: Literal["view_closed"]
    view: _View


class _Message(TypedDict):
    user: NotRequired[Text | None]


class _Shortcut(_Interaction):
    type: Literal["shortcut", "message_action"]
    callback_id: Id
    trigger_id: Id
    message: NotRequired[_Message]


class _Challenge(TypedDict):
    type: Literal["url_verification"]
    challenge: Text


class _Happening(TypedDict):
    type: Literal["event_callback"]
    event_id: Id
    event: Any


class _AnyEvent(TypedDict):
    type: Id


class _Talk(TypedDict):
    type: Literal["message"]
    channel: NotRequired[Text]
    channel_type: NotRequired[Text]
    user: NotRequired[Text | None]
    text: NotRequired[Text | None]


class _Opened(TypedDict):
    type: Literal["app_home_opened"]
    user: Id
    tab: NotRequired[Text]


class _Profile(TypedDict):
    email: NotRequired[Text | None]
    real_name: NotRequired[Text | None]


class _Enterprise(TypedDict):
    teams: NotRequired[list[Text]]


class _Member(TypedDict):
    id: Id
    name: NotRequired[Text | None]
    real_name: NotRequired[Text | None]
    team_id: NotRequired[Text]
    profile: NotRequired[_Profile]
    enterprise_user: NotRequired[_Enterprise]


class _Changed(TypedDict):
    type: Literal["user_change", "team_join"]
    user: _Member


class _Word(TypedDict):
    command: Id
    trigger_id: Id
    user_id: Id
    channel_id: Id
    response_url: Text
    text: NotRequired[Text]
    team_id: NotRequired[Text]


_INTERACTIONS: dict[str, TypeAdapter[Any]] = {
    kind: TypeAdapter(shape)
    for shape, kinds in (
        (_Actions, ("block_actions",)),
        (_Suggestion, ("block_suggestion",)),
        (_Sent, ("view_submission",)),
        (_Closed, ("view_closed",)),
        (_Shortcut, ("shortcut", "message_action")),
        (_Challenge, ("url_verification",)),
        (_Happening, ("event_callback",)),
    )
    for kind in kinds
}
_EVENTS: dict[str, TypeAdapter[Any]] = {
    "message": TypeAdapter(_Talk),
    "app_home_opened": TypeAdapter(_Opened),
    "user_change": TypeAdapter(_Changed),
    "team_join": TypeAdapter(_Changed),
}
_ANY_EVENT: TypeAdapter[Any] = TypeAdapter(_AnyEvent)
_WORD: TypeAdapter[Any] = TypeAdapter(_Word)


def parsed(text: str | bytes) -> Any:
    """The JSON of a body. Raises `Unreadable`, also for what is nested deeper than anything that Slack sends."""
    try:
        return read_json(text)
    except ValueError:
        raise Unreadable("it is not JSON") from None


def checked(body: object) -> Json:
    """The body, if it is one that Slack sends. Raises `Unreadable`."""
    if not isinstance(body, dict):
        raise Unreadable("it is not an object")
    if body.get("ssl_check"):
        return body
    if "type" not in body:
        return _held(_WORD, body, "a command")
    kind = body["type"]
    if not isinstance(kind, str) or kind not in _INTERACTIONS:
        raise Unreadable("it is of no known type")
    _held(_INTERACTIONS[kind], body, kind)
    if kind == "event_callback":
        event = _held(_ANY_EVENT, body["event"], "an event")
        _held(_EVENTS.get(event["type"], _ANY_EVENT), event, "an event")
    return body


def _held(shape: TypeAdapter[Any], body: Any, what: str) -> Json:
    try:
        shape.validate_python(body)
    except ValidationError as wrong:
        first = wrong.errors(include_input=False, include_context=False, include_url=False)[0]
        # A part's name can be somebody's words, in a form's answers: only the first two are Slack's own.
        where = ".".join(str(part) for part in first["loc"][:2])
        raise Unreadable(f"{what}: {where or 'all of it'}: {first['type']}") from None
    inner: Json = body
    return inner
