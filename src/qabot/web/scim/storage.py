"""The directory's users in qabot's database, as the SCIM server reads and writes them within one unit of work."""

from typing import Any

from scim2_models import (
    ConflictException,
    Meta,
    NotFoundException,
    Resource,
    ResourceType,
    ResponseParameters,
    SearchRequest,
    UniquenessException,
)
from scim2_models.path import CompareOperator, Comparison
from scim2_server.storage import ScimStorage, SearchPage
from sqlmodel import col, func, select

from qabot.errors import BadFile, BadRequest
from qabot.imports import from_directory
from qabot.imports.from_directory import LONGEST
from qabot.models import DirectoryUser
from qabot.web.scim.shapes import MOST_RESULTS, WORK, EnterpriseUser, User, WholeUser
from qabot.workflows.core.unit import Unit
from qabot.workflows.people import differences

SOURCE = "scim"
COLUMNS = {"username": DirectoryUser.user_name, "externalid": DirectoryUser.external_id, "id": DirectoryUser.uid}
"""What directories look for their users by."""
SENTENCE = "There is no user of this id."


class Users(ScimStorage):
    """What one token's program states, in this unit of work. `by` is the person for whom it acts."""

    def __init__(self, unit: Unit, *, by: int) -> None:
        self.unit, self.by = unit, by

    def get(
        self,
        resource_type: ResourceType,
        resource_id: str,
        *,
        response_parameters: ResponseParameters[Any] | None = None,
    ) -> Resource[Any]:
        """A user. Raises `NotFoundException`."""
        return _resource(self._row(resource_id))

    def search(
        self, resource_types: list[ResourceType], search_request: SearchRequest[Any], *, position: Any = None
    ) -> SearchPage:
        """Those whom a filter finds; a filter by user name or external id asks the database alone."""
        query = select(DirectoryUser).where(DirectoryUser.source == SOURCE)
        condition, rest = search_request.filter, True
        if condition is not None and (equality := _equality(condition.ast)) is not None:
            column, text = equality
            query, rest = query.where(column == text), False
        start = max(search_request.start_index or 1, 1) - 1
        count = MOST_RESULTS if search_request.count is None else max(search_request.count, 0)
        session = self.unit.session
        if condition is None or not rest:
            total = session.exec(select(func.count()).select_from(query.subquery())).one()
            rows = session.exec(query.order_by(col(DirectoryUser.id)).offset(start).limit(count))
            return SearchPage(total, [_resource(each) for each in rows])
        every = (_resource(each) for each in session.exec(query.order_by(col(DirectoryUser.id))))
        matched = [each for each in every if condition.match(each)]
        return SearchPage(len(matched), matched[start : start + count])

    def create(self, resource_type: ResourceType, resource: Resource[Any]) -> Resource[Any]:
        """Somebody whom the directory had not stated before. Raises `UniquenessException`."""
        now = self.unit.now
        differences.forget_others(self.unit, SOURCE)
        row = DirectoryUser(source=SOURCE, user_name="", made_at=now, changed_at=now)
        return self._state(row, resource)

    def update(
        self, resource_type: ResourceType, resource: Resource[Any], *, expected_version: str | None = None
    ) -> Resource[Any]:
        """What the directory says of somebody by now. Raises `NotFoundException` and `UniquenessException`."""
        return self._state(self._row(resource.id or ""), resource)

    def delete(self, resource_type: ResourceType, resource_id: str, *, expected_version: str | None = None) -> None:
        """Somebody is in the directory no more: they have left. Kept while that waits to be accepted."""
        row = self._row(resource_id)
        row.active, row.changed_at = False, self.unit.now
        if self._leave(row):
            differences.forget(self.unit, row)

    def _row(self, uid: str) -> DirectoryUser:
        query = select(DirectoryUser).where(DirectoryUser.uid == uid, DirectoryUser.source == SOURCE)
        row = self.unit.session.exec(query).first()
        if row is None:
            raise NotFoundException(detail=SENTENCE)
        return row

    def _state(self, row: DirectoryUser, resource: Resource[Any]) -> Resource[Any]:
        user = WholeUser.model_validate(resource.model_dump())
        name = (user.user_name or "").casefold()
        taken = select(DirectoryUser.id).where(DirectoryUser.source == SOURCE, DirectoryUser.user_name == name)
        if self.unit.session.exec(taken.where(DirectoryUser.uid != row.uid)).first() is not None:
            raise UniquenessException(detail=f"There is a user called {user.user_name}.")
        more = user[EnterpriseUser] or EnterpriseUser()
        row.user_name, row.external_id, row.active = name, user.external_id, user.active is not False
        row.manager_uid = more.manager.value if more.manager is not None else None
        row.stated = stated_of(user, more)
        row.resource = user.model_dump(exclude={"id", "meta"})
        row.changed_at = self.unit.now
        differences.compare_one(self.unit, row)
        if not row.active:
            self._leave(row)
        return _resource(row)

    def _leave(self, row: DirectoryUser) -> bool:
        """Whether whoever left there has left here: at once, or, after many others, when somebody has accepted it.

        Raises `ConflictException` where an import could not do it.
        """
        try:
            return from_directory.leave(self.unit, row, by=self.by)
        except (BadFile, BadRequest) as wrong:
            raise ConflictException(detail=str(wrong)) from None


def stated_of(user: User[EnterpriseUser], more: EnterpriseUser) -> dict[str, str]:
    """What a user comes to, by the fields of a person here; what is not stated is not in it."""
    name = user.name
    parts = (name.given_name, name.family_name) if name is not None else ()
    whole = user.display_name or (name.formatted if name is not None else None) or " ".join(filter(None, parts))
    stated = {
        "name": whole,
        "email": _address(user).casefold(),
        "employee_id": more.employee_number,
        "team": more.department,
    }
    tidy = {field: " ".join((text or "").split())[:LONGEST] for field, text in stated.items()}
    return {field: text for field, text in tidy.items() if text}


def _address(user: User[EnterpriseUser]) -> str:
    """Their address at work: the one that says so, else the first one, else the user name if it is one."""
    emails = [each for each in user.emails or () if each.value]
    chosen = [each for each in emails if each.type == WORK] or [each for each in emails if each.primary] or emails
    given = (chosen[0].value if chosen else user.user_name) or ""
    return given if "@" in given else ""


def _equality(node: Any) -> tuple[Any, str] | None:
    """The column and the text, where a filter only compares one of those that have a column."""
    if not isinstance(node, Comparison) or node.op != CompareOperator.eq or not isinstance(node.value, str):
        return None
    column = COLUMNS.get(node.attr_path.attr.casefold())
    if column is None or node.attr_path.sub_attr is not None:
        return None
    return column, node.value.casefold() if column is DirectoryUser.user_name else node.value


def _resource(row: DirectoryUser) -> Resource[Any]:
    """A user as the directory reads them back."""
    user = WholeUser.model_validate(row.resource)
    user.id = row.uid
    user.meta = Meta(resource_type="User", created=row.made_at, last_modified=row.changed_at)
    return user
