"""Every setting of the house, each an environment variable `SAMKLANG_…`, read once at the start of a process."""

from __future__ import annotations

import os
from functools import cached_property
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from campaigns.mail_addresses import is_address
from connectors import CONNECTORS
from connectors.base import Connector, Setting
from connectors.secret import Secret

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


THIS_MACHINE_ALONE = ("open_status", "demo_login", "allow_private_hosts")
"""Settings that are refused where others reach the pages (threats G7, G8)."""


class SettingsProblem(ValueError):
    """The settings contradict each other or would be unsafe; the text says which and what to do."""


class Settings(BaseSettings):
    """What an operator may choose. Defaults run the embedded house on this machine alone."""

    model_config = SettingsConfigDict(env_prefix="SAMKLANG_", extra="ignore", secrets_dir=None)

    home: Path = Field(
        Path(".samklang"), description="Folder of database (embedded), pictures, keys and mark."
    )
    database: SecretStr | None = Field(
        None, description="SQLAlchemy address of the store; empty is SQLite inside `home`."
    )
    database_file: Path | None = Field(
        None, description="A file that holds the store's address, instead of `database`."
    )
    broker: SecretStr = Field(
        SecretStr("memory://"),
        description="Celery's broker; `memory://` only inside `samklang up` and `demo`.",
    )
    broker_file: Path | None = Field(
        None, description="A file that holds the broker's address, instead of `broker`."
    )
    keys: Path | None = Field(
        None, description="File of the vault's keys; empty is `keys.json` inside `home`."
    )
    mark: Path | None = Field(
        None,
        description="File of the mark that tells a restored database; best on another volume. Empty is inside `home`.",
    )
    allow_private_hosts: bool = Field(
        False, description="Let connectors talk to loopback and private addresses (demo and tests)."
    )
    ca_file: Path | None = Field(None, description="Certificates to trust instead of the built-in list.")
    cli_acts: bool = Field(
        False, description="Let `--as PERSON --for ORGANISATION` act on the command line; the audit says so."
    )
    language: Literal["nn", "nb", "en"] = Field(
        "en", description="Language of sentences on the command line."
    )
    web_host: str = Field("127.0.0.1", description="Address that the web process binds to.")
    web_port: int = Field(8046, ge=1, le=65535, description="Port of the web process.")
    open_status: bool = Field(
        False,
        description="Show campaigns and municipalities by name on the status page, which asks for no login (demo).",
    )
    demo_login: bool = Field(
        False, description="Let people choose who to be instead of logging in (demo); this machine alone."
    )
    oidc_file: Path | None = Field(
        None,
        description="File of the identity providers that people may log in with (docs/howto.md); empty is none.",
    )
    proxies: str = Field(
        "",
        description="Addresses of your own reverse proxies, commas between: from these alone `X-Forwarded-For` is believed.",
    )
    public_url: str | None = Field(
        None, description="Address people reach the web process at; https unless loopback."
    )
    smtp_host: str | None = Field(
        None, description="Mail server that takes our letters; empty is no mail, and letters wait."
    )
    smtp_port: int = Field(587, ge=1, le=65535, description="Port of the mail server.")
    smtp_tls: Literal["starttls", "tls", "none"] = Field(
        "starttls",
        description="How the way to the mail server is kept private; `none` only to this machine itself.",
    )
    smtp_user: str | None = Field(None, description="Who we are to the mail server; empty is nobody.")
    smtp_password: SecretStr | None = Field(None, description="The password of `smtp_user`.")
    smtp_password_file: Path | None = Field(
        None, description="A file that holds it, instead of `smtp_password`."
    )
    mail_from: str | None = Field(None, description="Address that our letters come from.")
    notice_hosts: str = Field(
        "",
        description="Your own servers (`host` or `host:port`, commas between) that people may choose to be told on: "
        "ntfy, Mattermost, JSON.",
    )
    operators: str = Field(
        "",
        description="Mail addresses of those who see the page about the instance, with commas between; they need a login.",
    )
    run_by: str = Field(
        "",
        description="Who runs this instance, for the pages on privacy and accessibility: an organisation's name.",
    )
    contact: str = Field(
        "",
        description="Mail address that the pages on privacy and accessibility give; of whoever answers there.",
    )
    threads: int = Field(
        8, ge=1, le=64, description="Deliveries that one worker process publishes at once, per platform."
    )
    sampling_speed: float = Field(
        1.0, gt=0, description="Ages in the sampling timetable are divided by this (the demo uses 60)."
    )
    log_format: Literal["json", "console"] = Field("json", description="How log lines look.")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"] = Field(
        "INFO", description="Least grave log line that is written."
    )

    @cached_property
    def database_url(self) -> str:
        """Return the store's address.

        Raises: SettingsProblem when its file cannot be read.
        """
        if self.database_file:
            return read_secret(self.database_file, "SAMKLANG_DATABASE_FILE")
        if self.database:
            return self.database.get_secret_value()
        return f"sqlite:///{self.home.absolute() / 'samklang.db'}"

    @cached_property
    def broker_url(self) -> str:
        """Return the broker's address.

        Raises: SettingsProblem when its file cannot be read.
        """
        if self.broker_file:
            return read_secret(self.broker_file, "SAMKLANG_BROKER_FILE")
        return self.broker.get_secret_value()

    @cached_property
    def smtp_secret(self) -> Secret | None:
        """Return the password for the mail server, if there is one.

        Raises: SettingsProblem when its file cannot be read.
        """
        if self.smtp_password_file:
            return Secret(read_secret(self.smtp_password_file, "SAMKLANG_SMTP_PASSWORD_FILE"))
        return Secret(self.smtp_password.get_secret_value()) if self.smtp_password else None

    @property
    def letter_ways(self) -> frozenset[str]:
        """Return the ways that letters can go here; without a mail server, mail waits and nobody asks for it."""
        return frozenset({"channel", "mail"} if self.smtp_host else {"channel"})

    @property
    def notice_host_list(self) -> frozenset[str]:
        """Return the operator's own servers that people may choose to be told on."""
        return frozenset(one.strip().lower() for one in self.notice_hosts.split(",") if one.strip())

    @property
    def own_address(self) -> str:
        """Return the address people reach the pages at; never what a request says (threat B6)."""
        return (self.public_url or f"http://{self.web_host}:{self.web_port}").rstrip("/")

    @property
    def operator_mails(self) -> frozenset[str]:
        """Return the mail addresses of the operators."""
        return frozenset(one.strip().lower() for one in self.operators.split(",") if one.strip())

    @property
    def proxy_list(self) -> frozenset[str]:
        """Return the addresses whose word is taken for whom they speak for (threat G9)."""
        return frozenset(one.strip() for one in self.proxies.split(",") if one.strip())

    @property
    def keys_path(self) -> Path:
        """Return where the vault's keys lie."""
        return self.keys or self.home / "keys.json"

    @property
    def mark_path(self) -> Path:
        """Return where the mark lies (D12)."""
        return self.mark or self.home / "mark.json"

    @property
    def heads_path(self) -> Path:
        """Return where the heads of the audit chains lie: beside the mark (D14)."""
        return self.mark_path.with_name("heads.json")

    @property
    def media_path(self) -> Path:
        """Return the folder of pictures by content hash (D22)."""
        return self.home / "media"

    def check(self) -> Settings:
        """Return the settings when they are safe to start with (threats E13, G8).

        Raises: SettingsProblem with everything that is wrong.
        """
        problems = []
        broker = urlsplit(self.broker_url)
        if broker.scheme in {"redis", "rediss"} and broker.hostname not in LOOPBACK and not broker.password:
            problems.append(
                "SAMKLANG_BROKER points to another machine without a password. Give the broker one."
            )
        public = urlsplit(self.public_url) if self.public_url else None
        elsewhere = public is not None and public.hostname not in LOOPBACK
        for name in THIS_MACHINE_ALONE:
            if not getattr(self, name):
                continue
            if self.web_host not in LOOPBACK:
                problems.append(
                    f"SAMKLANG_{name.upper()} is for this machine alone. Unset it, or set SAMKLANG_WEB_HOST to 127.0.0.1."
                )
            if elsewhere:
                problems.append(
                    f"SAMKLANG_{name.upper()} is for this machine alone. Unset it, or SAMKLANG_PUBLIC_URL."
                )
        if public is not None and elsewhere and public.scheme != "https":
            problems.append("SAMKLANG_PUBLIC_URL must begin with https:// unless it is this machine.")
        problems += self._mail_problems()
        for kind in CONNECTORS:
            try:
                chosen_for(kind)
            except SettingsProblem as problem:
                problems.append(str(problem))
        if problems:
            raise SettingsProblem(" ".join(problems))
        return self

    def _mail_problems(self) -> list[str]:
        """Return what is wrong with the settings of mail; a password goes over no open line."""
        if not self.smtp_host:
            return []
        problems = []
        if self.smtp_tls == "none" and self.smtp_host not in LOOPBACK:
            problems.append(
                "SAMKLANG_SMTP_TLS=none is for a mail server on this machine alone. Use starttls or tls."
            )
        if not self.mail_from or not is_address(self.mail_from):
            problems.append("SAMKLANG_MAIL_FROM must be a plain address, such as samklang@fylke.no.")
        try:
            if self.smtp_user and not self.smtp_secret:
                problems.append("SAMKLANG_SMTP_USER has no password. Set SAMKLANG_SMTP_PASSWORD_FILE.")
        except SettingsProblem as problem:
            problems.append(str(problem))
        return problems


def chosen_for(kind: type[Connector]) -> dict[str, str]:
    """Return what the operator chose about a platform, by the names that its connector gives.

    Raises: SettingsProblem when a file that holds a secret cannot be read.
    """
    found = {one.name: _chosen(kind, one) for one in kind.settings}
    return {name: value.rstrip("/") for name, value in found.items() if value}


def variable(kind: type[Connector], setting: Setting) -> str:
    """Return the environment variable of a platform's setting."""
    return f"SAMKLANG_{kind.name}_{setting.name}".upper()


def file_variable(kind: type[Connector], setting: Setting) -> str | None:
    """Return the variable that names a file with the setting's value instead; `None` for what is no secret."""
    return f"{variable(kind, setting)}_FILE" if setting.secret else None


def _chosen(kind: type[Connector], setting: Setting) -> str:
    name = file_variable(kind, setting)
    path = os.environ.get(name, "").strip() if name else ""
    if name and path:
        return read_secret(Path(path), name)
    return os.environ.get(variable(kind, setting), "").strip()


def read_secret(path: Path, name: str) -> str:
    """Return the one line of a file that keeps a secret, or an address with its password, out of the environment.

    Raises: SettingsProblem.
    """
    try:
        secret = path.read_text("utf-8").strip()
    except (OSError, UnicodeError) as trouble:
        reason = getattr(trouble, "strerror", None) or "it is no text"
        raise SettingsProblem(
            f"{name} cannot be read ({reason}). Check the path and who may read it."
        ) from None
    if not secret:
        raise SettingsProblem(f"{name} is empty. Write the one line into the file that belongs there.")
    return secret
