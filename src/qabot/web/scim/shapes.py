"""What qabot takes of a directory's users: no more than people here have. The rest is not kept, and nobody is told."""

from typing import Annotated

from scim2_models import (
    AnyExtension,
    AuthenticationScheme,
    Bulk,
    CaseExact,
    ChangePassword,
    ComplexAttribute,
    ETag,
    Extension,
    Filter,
    Patch,
    Required,
    Resource,
    ResourceType,
    SchemaExtension,
    ScimPolicy,
    ScimProvider,
    ServiceProviderConfig,
    Sort,
    Uniqueness,
)
from scim2_models.urn import URN

from qabot.workflows.access.tokens import PROVISIONING

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
CORE = "urn:ietf:params:scim:schemas:core:2.0:User"
MOST_RESULTS = 200
WORK = "work"


class Name(ComplexAttribute):
    """The parts of a name."""

    formatted: str | None = None
    family_name: str | None = None
    given_name: str | None = None


class Email(ComplexAttribute):
    """An address."""

    value: str | None = None
    type: str | None = None
    primary: bool | None = None


class Manager(ComplexAttribute):
    """Somebody's manager, by the id that qabot gave to the directory's user who is it."""

    value: Annotated[str | None, CaseExact.true] = None
    display_name: str | None = None


class EnterpriseUser(Extension):
    """What employers add."""

    __schema__ = URN(ENTERPRISE)

    employee_number: str | None = None
    department: str | None = None
    manager: Manager | None = None


class User(Resource[AnyExtension]):
    """Somebody of the directory."""

    __schema__ = URN(CORE)

    user_name: Annotated[str | None, Uniqueness.server, Required.true] = None
    name: Name | None = None
    display_name: str | None = None
    active: bool | None = None
    emails: list[Email] | None = None


WholeUser = User[EnterpriseUser]
"""A user with what employers add: the shape in which they come and go."""


def provider() -> ScimProvider:
    """The service, as it describes itself. It takes what Entra ID sends where that is not what the RFC says."""
    config = ServiceProviderConfig(
        patch=Patch(supported=True),
        bulk=Bulk(supported=False, max_operations=0, max_payload_size=0),
        filter=Filter(supported=True, max_results=MOST_RESULTS),
        change_password=ChangePassword(supported=False),
        sort=Sort(supported=False),
        etag=ETag(supported=False),
        authentication_schemes=[
            AuthenticationScheme(
                type=AuthenticationScheme.Type.oauthbearertoken,
                name="Token",
                description=f"A token with the scope {PROVISIONING}, made at /administration/tokens",
                primary=True,
            )
        ],
    )
    users = ResourceType(
        id="User",
        name="User",
        endpoint="/Users",
        description="People who work for the council",
        schema_=CORE,
        schema_extensions=[SchemaExtension(schema_=ENTERPRISE, required=False)],
    )
    policy = ScimPolicy(
        unknown=ScimPolicy.Unknown.ignore,
        remove_value_as_filter=ScimPolicy.RemoveValue.apply,
        unmatched_path_filter=ScimPolicy.UnmatchedPathFilter.create,
    )
    return ScimProvider(models=[User, EnterpriseUser], resource_types=[users], config=config, policy=policy)
