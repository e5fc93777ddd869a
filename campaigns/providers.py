"""Identity providers that an operator trusts, from one file: who they are, who we are there, and which groups give roles.

A provider with several tenants names each that may come in (threat B17); a role is given by a listed pair of tenant and
group alone (B19). Reads the file and knows no network.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from campaigns.settings import LOOPBACK, SettingsProblem, read_secret
from campaigns.store import Role
from connectors.oidc import WELL_KNOWN
from connectors.secret import Secret

TENANT = "{tenantid}"
"""Stands in an issuer that differs by tenant, as such a provider's own description writes it."""
Word = Annotated[str, Field(min_length=1, max_length=255)]


class GroupRole(BaseModel):
    """A group at a provider, and the role that its members have in an organisation here."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    group: Word
    organisation: Word
    role: Role
    tenant: Word | None = None


class Provider(BaseModel):
    """One identity provider."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    key: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,23}$")]
    title: Annotated[str, Field(min_length=1, max_length=60)]
    issuer: Word
    client_id: Word
    client_secret_file: Path | None = None
    discovery: Word | None = None
    """Address of its description, where that is not below the issuer."""
    tenants: tuple[Word, ...] = ()
    hosts: tuple[Word, ...] = ()
    """Further hosts that are the provider's own."""
    scopes: tuple[Word, ...] = ("openid", "profile", "email")
    second_factor: Literal["told", "always", "never"] = "told"
    """`told`: its token says so (`amr`); `always`: it lets nobody in without one."""
    groups_claim: Word = "groups"
    roles: tuple[GroupRole, ...] = ()

    @model_validator(mode="after")
    def _holds_together(self) -> Provider:
        if TENANT in self.issuer and (not self.tenants or not self.discovery):
            raise ValueError("an issuer that differs by tenant needs `tenants` and `discovery`")
        if self.tenants and any(one.tenant not in self.tenants for one in self.roles):
            raise ValueError("each role needs one of the `tenants`")
        if not self.tenants and any(one.tenant for one in self.roles):
            raise ValueError("a role names a tenant, and `tenants` are not listed")
        if "openid" not in self.scopes:
            raise ValueError("`scopes` needs openid")
        for address in (self.issuer.replace(TENANT, "t"), self.description):
            parts = urlsplit(address)
            if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOOPBACK):
                raise ValueError("addresses begin with https://")
        return self

    @property
    def description(self) -> str:
        """Return where it describes itself."""
        return self.discovery or self.issuer.rstrip("/") + WELL_KNOWN

    @property
    def own_hosts(self) -> frozenset[str]:
        """Return the hosts that its endpoints may be on."""
        named = (urlsplit(one).hostname or "" for one in (self.issuer, self.description))
        return frozenset({*named, *self.hosts})

    @property
    def issuers(self) -> frozenset[str]:
        """Return every name that its tokens may come under."""
        return frozenset(self.issuer.replace(TENANT, one) for one in self.tenants or ("",))

    def secret(self) -> Secret | None:
        """Return our secret there, read from its file.

        Raises: SettingsProblem.
        """
        path = self.client_secret_file
        return None if path is None else Secret(read_secret(path, f"client_secret_file of {self.key}"))


def read_providers(path: Path | None) -> Mapping[str, Provider]:
    """Return the providers of a file, by their keys; none without a file.

    Raises: SettingsProblem that names what is wrong, and no value.
    """
    if path is None:
        return {}
    try:
        content = YAML(typ="safe", pure=True).load(path.read_text("utf-8"))
    except (OSError, UnicodeError, YAMLError, RecursionError) as trouble:
        raise _problem(f"cannot be read ({type(trouble).__name__})") from None
    listed = content.get("providers") if isinstance(content, dict) and set(content) == {"providers"} else None
    if not isinstance(listed, list):
        raise _problem("needs one list, `providers`")
    found: dict[str, Provider] = {}
    for place, one in enumerate(listed, start=1):
        try:
            provider = Provider.model_validate(one)
        except ValidationError as trouble:
            first = trouble.errors(include_input=False, include_url=False)[0]
            where = ".".join(str(part) for part in first["loc"])
            raise _problem(f"is wrong at provider {place}, {where or 'as a whole'}: {first['msg']}") from None
        if provider.key in found:
            raise _problem(f"has two providers with the key {provider.key}")
        secret = provider.client_secret_file
        if secret is not None and not secret.is_absolute():
            provider = provider.model_copy(update={"client_secret_file": path.parent / secret})
        provider.secret()
        found[provider.key] = provider
    return found


def _problem(text: str) -> SettingsProblem:
    return SettingsProblem(f"SAMKLANG_OIDC_FILE {text}. See docs/howto.md.")
