"""Somebody whom an issuer knows comes in: whether by a browser that was sent there, or by the tab in Teams."""

from typing import Any

from sqlalchemy.exc import IntegrityError
from starlette.requests import Request

from qabot.web.doors import place_of
from qabot.web.sign_on.providers import Known
from qabot.web.sign_on.reception import Place, Reception
from qabot.web.sign_on.refusals import LOGGED, Refusal
from qabot.web.site import Site
from qabot.workflows.people import identities


class Arrivals:
    """What all ways in by an issuer share."""

    def __init__(self, site: Site, reception: Reception) -> None:
        self.site, self.reception = site, reception

    def count(self, request: Request) -> None:
        """One try from this address. Raises `BadRequest` after too many."""
        self.site.parts.count_sign_in(place_of(request.client.host) if request.client else "")

    async def let_in(self, place: Place, identity: Known, way: str) -> int:
        """Whom this account signs in; `way` is what the log says of it. Raises `Refusal`."""
        self.reception.went_well(place)
        person_id = await self._recognise(identity)
        await self.site.record("signed-in", person_id, way)
        await self.site.parts.desk.arrived(person_id)
        return person_id

    async def note(self, place: Place, wrong: Refusal) -> None:
        """Write down that somebody was not let in: for whoever runs qabot, or in the event log."""
        self.reception.went_wrong(place, wrong)
        if wrong.why in LOGGED:
            subject = {"subject_type": "person", "subject_id": wrong.person_id} if wrong.person_id else {}
            why = f"with {place.provider.name}: {LOGGED[wrong.why]}"
            await self.site.record("sign-on-refused", None, why, **subject)

    async def _recognise(self, identity: Known) -> int:
        now = self.site.parts.clock.now()

        def recognise(session: Any) -> tuple[identities.Outcome, int | None]:
            return identities.recognise(session, identity.issuer, identity.subject, identity.addresses, now)

        try:
            outcome, person_id = await self.site.parts.store.run(recognise)
        except IntegrityError:
            # Two first sign-ins in one moment: the second one finds what the first has bound.
            outcome, person_id = await self.site.parts.store.run(recognise)
        if outcome == "known" or outcome == "bound":
            assert person_id is not None  # noqa: S101 - of these two it is known
            return person_id
        if outcome == "unknown" and identity.missing is not None:
            raise identity.missing
        wrong = Refusal(outcome)
        wrong.person_id = person_id
        raise wrong
