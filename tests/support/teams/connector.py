"""The connector, the token issuer, the keys and Graph, as one HTTP server on loopback."""

import asyncio
import itertools
import json
import re
import time
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

import jwt
from aiohttp import web

from tests.support.teams.cards import problems
from tests.support.teams.entra import Entra, Refused
from tests.support.teams.issuer import Issuer

TENANT = "11111111-1111-4111-8111-111111111111"
APP = "22222222-2222-4222-8222-222222222222"
SECRET = "fake-client-secret"
IDENTITY = "33333333-3333-4333-8333-333333333333"
IDENTITY_ISSUER = f"https://login.microsoftonline.com/{TENANT}/v2.0"
MAX_UTF16 = 100 * 1024


@dataclass
class Person:
    """Somebody with a Teams client."""

    name: str
    account: str
    email: str
    role: str = "user"
    tenant: str = TENANT
    installed: bool = False
    graph: dict[str, Any] = field(default_factory=dict)
    """What Graph says of them, where it is not the usual."""
    replies: dict[str, Any] | None = None
    """The automatic replies of their mailbox; None if they have no mailbox."""

    @property
    def id(self) -> str:
        return f"29:{self.account}"

    @property
    def conversation(self) -> str:
        return f"a:chat-of-{self.account}"


@dataclass
class Fault:
    """What happens to the next requests of a kind. `after`: the connector takes the message first."""

    kind: str
    status: int = 0
    times: int = 1
    after: bool = False
    body: str | bytes = ""
    headers: dict[str, str] = field(default_factory=dict)
    reset: bool = False
    delay: float = 0.0


class Connector:
    """Everything of Microsoft's that the adapter calls."""

    def __init__(self) -> None:
        self.issuer = Issuer(APP)
        self.people: dict[str, Person] = {}
        self.messages: dict[str, list[dict[str, Any]]] = defaultdict(list)
        self.faults: list[Fault] = []
        self.calls: list[tuple[str, str, int]] = []
        self.tokens_given = 0
        self.audiences: list[str] = []
        self.keys_asked = 0
        self.keys_held: asyncio.Event | None = None
        self.connections: set[Any] = set()
        self.entra = Entra(TENANT, APP, SECRET)
        self.identities: list[str] = []
        self.token_delay = 0.0
        self.validate = True
        self.page = 2
        """How many people Graph lists at once."""
        self.catalogue: set[str] = set()
        """Apps of the tenant's catalogue that Graph may install for people."""
        self.activity_types: set[str] = set()
        """What the app's manifest declares, with the permission to send it."""
        self.feed: dict[str, list[dict[str, Any]]] = defaultdict(list)
        """What stands in people's activity feeds, by account."""
        self.selects = True
        """Whether Graph leaves out what was not asked for, or sends all of a setting."""
        self.around: list[Any] = []
        """Middlewares of aiohttp that see each request first. Set before `start`."""
        self._numbers = itertools.count(1)
        self._runner: web.AppRunner | None = None
        self.url = ""

    @property
    def secret(self) -> str:
        """The registration's client secret."""
        return self.entra.secret

    @secret.setter
    def secret(self, value: str) -> None:
        self.entra.secret = value

    async def start(self) -> None:
        app = web.Application(client_max_size=4 * 1024 * 1024, middlewares=[*self.around, self._seen])
        app.add_routes(
            [
                web.get("/openid", self._openid),
                web.get("/keys", self._keys),
                web.post("/login/{tenant}/oauth2/v2.0/token", self._token),
                web.post("/{tenant}/oauth2/v2.0/token", self._token),
                web.get("/v1/.well-known/openidconfiguration", self._openid),
                web.get("/identity", self._identity),
                web.get("/v1.0/users", self._users),
                web.get("/v1.0/users/{user}/mailboxSettings/automaticRepliesSetting", self._replies),
                web.post("/v1.0/users/{user}/teamwork/installedApps", self._install),
                web.post("/v1.0/users/{user}/teamwork/sendActivityNotification", self._nudge),
            ]
        )
        for region in ("", "/{region}"):
            chats = f"{region}/v3/conversations"
            app.add_routes(
                [
                    web.post(chats, self._create),
                    web.post(chats + "/{conversation}/activities", self._post),
                    web.put(chats + "/{conversation}/activities/{message}", self._put),
                    web.get(chats + "/{conversation}/members/{member}", self._member),
                ]
            )
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def stop(self) -> None:
        if self._runner:
            await self._runner.cleanup()

    def environ(self) -> dict[str, str]:
        """The adapter's settings that lead here."""
        return {
            "QABOT_TEAMS_APP_ID": APP,
            "QABOT_TEAMS_TENANT_ID": TENANT,
            "QABOT_TEAMS_SECRET": SECRET,
            "QABOT_TEAMS_LOGIN_URL": f"{self.url}/login",
            "QABOT_TEAMS_OPENID_URL": f"{self.url}/openid",
            "QABOT_TEAMS_SERVICE_URL": self.url,
            "QABOT_TEAMS_GRAPH_URL": self.url,
            "QABOT_TEAMS_IDENTITY_URL": f"{self.url}/identity",
        }

    def add(self, name: str, *, role: str = "user", installed: bool = True, tenant: str = TENANT) -> Person:
        first, *_ = name.lower().split()
        person = Person(name, f"oid-{first}", f"{first}@council.example", role, tenant, installed)
        self.people[person.account] = person
        return person

    def of(self, person: Person) -> list[dict[str, Any]]:
        """The bot's messages in somebody's chat, as they now are."""
        return self.messages[person.conversation]

    # -- handlers ------------------------------------------------------------------------------------------------------

    @web.middleware
    async def _seen(self, request: web.Request, handler: Any) -> web.StreamResponse:
        self.connections.add(request.transport.get_extra_info("peername") if request.transport else None)
        kind = "token" if "/token" in request.path or request.path == "/identity" else request.method
        fault = next((each for each in self.faults if each.kind in (kind, request.path) and each.times > 0), None)
        response: web.StreamResponse | None = None
        if fault is None or fault.after:
            try:
                response = await handler(request)
            except web.HTTPException as refused:
                response = web.Response(status=refused.status, text=refused.text)
        if fault is not None:
            fault.times -= 1
            await asyncio.sleep(fault.delay)  # real time: an answer that comes late, or never
            if fault.reset:
                if request.transport:
                    request.transport.abort()
                return web.Response()
            if fault.status:
                body = fault.body.encode() if isinstance(fault.body, str) else fault.body
                response = web.Response(status=fault.status, body=body, headers=fault.headers)
        assert response is not None
        self.calls.append((request.method, request.path, response.status))
        return response

    async def _openid(self, request: web.Request) -> web.Response:
        return web.json_response({"issuer": self.issuer.name, "jwks_uri": f"{self.url}/keys"})

    async def _keys(self, request: web.Request) -> web.Response:
        self.keys_asked += 1
        if self.keys_held:
            await self.keys_held.wait()
        return web.json_response(self.issuer.jwks())

    async def _token(self, request: web.Request) -> web.Response:
        form = await request.post()
        await asyncio.sleep(self.token_delay)  # real time: an answer that comes late, or never
        try:
            self.entra.check(form, f"{self.url.partition('://')[0]}://{request.host}{request.path}")
        except Refused as refused:
            said = f"{refused}\nTrace ID: none"
            return web.json_response({"error": "invalid_client", "error_description": said}, status=401)
        return self._issued(str(form["scope"]))

    async def _identity(self, request: web.Request) -> web.Response:
        if request.headers.get("Metadata") != "true":
            return web.json_response({"error": "bad_request"}, status=400)
        self.identities.append(request.query.get("client_id", "system"))
        resource = request.query["resource"]
        if resource.startswith("api://AzureADTokenExchange"):
            return self._exchange(resource)
        return self._issued(resource)

    def _exchange(self, audience: str) -> web.Response:
        """The token of a managed identity, with which it stands in for a registration that trusts it."""
        now = int(time.time())  # real time: a token carries the time of day
        claims = {"iss": IDENTITY_ISSUER, "sub": IDENTITY, "aud": audience, "iat": now, "exp": now + 3600}
        token = jwt.encode(claims, self.issuer.keys[self.issuer.current], "RS256")
        return web.json_response({"access_token": token, "expires_in": "3600", "token_type": "Bearer"})

    def _issued(self, audience: str) -> web.Response:
        self.tokens_given += 1
        self.audiences.append(audience)
        claims = self.issuer.claims(self.url, aud=audience, jti=str(self.tokens_given))
        token = jwt.encode(claims, self.issuer.keys[self.issuer.current], "RS256")
        return web.json_response({"access_token": token, "expires_in": 3600, "token_type": "Bearer"})

    def _authorised(self, request: web.Request) -> None:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        try:
            assert scheme == "Bearer"
            jwt.decode(token, options={"verify_signature": False})
        except (AssertionError, jwt.PyJWTError) as wrong:
            raise web.HTTPUnauthorized(text='{"error":{"code":"Unauthorized","message":"no"}}') from wrong

    def _somebody(self, request: web.Request) -> Person:
        self._authorised(request)
        wanted = request.match_info["conversation"]
        person = next((each for each in self.people.values() if each.conversation == wanted), None)
        if person is None:
            raise web.HTTPNotFound(text='{"error":{"code":"ConversationNotFound","message":"no"}}')
        if not person.installed:
            raise web.HTTPForbidden(text='{"error":{"code":"BotNotInConversationRoster","message":"no"}}')
        return person

    async def _activity(self, request: web.Request) -> dict[str, Any]:
        text = await request.text()
        if len(text.encode("utf-16-le")) > MAX_UTF16:
            raise web.HTTPRequestEntityTooLarge(MAX_UTF16, len(text))
        activity: dict[str, Any] = json.loads(text)
        wrong = [] if activity.get("summary") else ["no summary"]
        for attachment in activity.get("attachments", []) if self.validate else []:
            wrong += problems(attachment["content"])
        if wrong or not (activity.get("text") or activity.get("attachments")):
            raise web.HTTPBadRequest(text=json.dumps({"error": {"code": "BadSyntax", "message": str(wrong)}}))
        return activity

    async def _post(self, request: web.Request) -> web.Response:
        person, activity = self._somebody(request), await self._activity(request)
        activity["id"] = f"message-{next(self._numbers)}"
        self.messages[person.conversation].append(activity)
        return web.json_response({"id": activity["id"]}, status=201)

    async def _put(self, request: web.Request) -> web.Response:
        person, activity = self._somebody(request), await self._activity(request)
        held = self.messages[person.conversation]
        wanted = request.match_info["message"]
        at = next((index for index, each in enumerate(held) if each["id"] == wanted), None)
        if at is None:
            raise web.HTTPNotFound(text='{"error":{"code":"ActivityNotFound","message":"no"}}')
        held[at] = activity | {"id": wanted}
        return web.json_response({"id": wanted})

    async def _create(self, request: web.Request) -> web.Response:
        self._authorised(request)
        asked = await request.json()
        wanted = asked["members"][0]["id"]
        person = next((each for each in self.people.values() if wanted in (each.id, each.account)), None)
        if person is None or asked["tenantId"] != TENANT or asked["bot"]["id"] != f"28:{APP}":
            raise web.HTTPBadRequest(text='{"error":{"code":"BadArgument","message":"no"}}')
        if not person.installed:
            raise web.HTTPForbidden(text='{"error":{"code":"ForbiddenOperationException","message":"no"}}')
        return web.json_response({"id": person.conversation}, status=201)

    async def _member(self, request: web.Request) -> web.Response:
        person = self._somebody(request)
        principal = person.email if person.role == "user" else f"{person.account}#EXT#@council.example"
        return web.json_response(
            {
                "id": person.id,
                "name": person.name,
                "aadObjectId": person.account,
                "email": person.email,
                "userPrincipalName": principal,
                "tenantId": person.tenant,
                "userRole": person.role,
            }
        )

    async def _install(self, request: web.Request) -> web.Response:
        self._authorised(request)
        person = self.people.get(request.match_info["user"])
        asked = await request.json()
        place, _, app = str(asked.get("teamsApp@odata.bind")).rpartition("/")
        if set(asked) != {"teamsApp@odata.bind"} or place != f"{self.url}/v1.0/appCatalogs/teamsApps":
            raise web.HTTPBadRequest(text='{"error":{"code":"BadRequest","message":"Bad bind"}}')
        if person is None:
            raise web.HTTPNotFound(text='{"error":{"code":"NotFound","message":"no such user"}}')
        if app not in self.catalogue:
            raise web.HTTPForbidden(text='{"error":{"code":"Forbidden","message":"Missing role permissions"}}')
        if person.installed:
            raise web.HTTPConflict(text='{"error":{"code":"Conflict","message":"App already exists"}}')
        person.installed = True
        return web.Response(status=201)

    async def _nudge(self, request: web.Request) -> web.Response:
        self._authorised(request)
        person = self.people.get(request.match_info["user"])
        asked = await request.json()
        topic, preview = asked.get("topic", {}), asked.get("previewText", {})
        linked = topic.get("source") == "text" and str(topic.get("webUrl")).startswith("https://teams.microsoft.com/l/")
        if set(asked) - {"templateParameters"} != {"topic", "activityType", "previewText"} or not (
            linked and topic.get("value") and set(preview) == {"content"} and 0 < len(preview["content"]) <= 150
        ):
            raise web.HTTPBadRequest(text='{"error":{"code":"BadRequest","message":"Invalid activity"}}')
        if person is None:
            raise web.HTTPNotFound(text='{"error":{"code":"NotFound","message":"no such user"}}')
        if not person.installed or asked["activityType"] not in self.activity_types:
            raise web.HTTPForbidden(text='{"error":{"code":"Forbidden","message":"Missing role permissions"}}')
        self.feed[person.account].append(asked)
        return web.Response(status=204)

    async def _replies(self, request: web.Request) -> web.Response:
        self._authorised(request)
        wanted = request.match_info["user"]
        person = next((each for each in self.people.values() if wanted in (each.account, each.email)), None)
        if person is None or person.replies is None:
            raise web.HTTPNotFound(text='{"error":{"code":"MailboxNotEnabledForRESTAPI","message":"no"}}')
        fields = request.query["$select"].split(",")
        return web.json_response(
            {name: value for name, value in person.replies.items() if name in fields or not self.selects}
        )

    async def _users(self, request: web.Request) -> web.Response:
        self._authorised(request)
        asked = request.query.get("$filter")
        every = [each for each in map(_user, self.people.values()) if asked is None or _fits(each, asked)]
        fields = {"id", *request.query.get("$select", "id,displayName,mail,userPrincipalName").split(",")}
        if "manager(" in request.query.get("$expand", ""):
            fields.add("manager")
        shown = [{name: value for name, value in each.items() if name in fields} for each in every]
        at = int(request.query.get("$skiptoken", "0"))
        end = at + self.page
        rest = f"{self.url}/v1.0/users?$select={','.join(sorted(fields))}&$skiptoken={end}"
        rest += f"&$expand={request.query['$expand']}" if "$expand" in request.query else ""
        more = {"@odata.nextLink": rest} if end < len(every) else {}
        return web.json_response({"value": shown[at:end], **more})


def _user(person: Person) -> dict[str, Any]:
    """Somebody in Entra."""
    guest = person.role == "guest"
    return {
        "id": person.account,
        "displayName": person.name,
        "mail": person.email,
        "userPrincipalName": f"{person.account}#EXT#@council.example" if guest else person.email,
        "proxyAddresses": [f"SMTP:{person.email}"],
        "accountEnabled": True,
        "userType": "Guest" if guest else "Member",
        **person.graph,
    }


_TERM = re.compile(r"(?:(mail|userPrincipalName) eq|proxyAddresses/any\(p:p eq) '((?:[^']|'')*)'\)?")


def _fits(user: dict[str, Any], asked: str) -> bool:
    """Whether a user is one that a filter asks for. Graph compares without regard to case."""
    terms = [_TERM.fullmatch(each) for each in re.split(r" or (?=(?:[^']*'[^']*')*[^']*$)", asked)]
    if not all(terms):
        raise web.HTTPBadRequest(text='{"error":{"code":"Request_BadRequest","message":"Invalid filter clause"}}')
    for term in filter(None, terms):
        held = [user[term[1]] or ""] if term[1] else user["proxyAddresses"]
        if term[2].replace("''", "'").lower() in [each.lower() for each in held]:
            return True
    return False
