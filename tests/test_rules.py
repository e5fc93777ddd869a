"""The architecture as tests over the syntax tree: what only one place may do, and which way imports run.

Each permission is a file or function with its reason; one that is no longer used has to go, too.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

from syntax import ROOMS, ROOT, Module, dotted, imports, modules, name_of

import connectors

NETWORK = (
    "requests", "urllib3", "http.client", "urllib.request", "socket", "ssl", "httpx", "aiohttp", "smtplib", "ftplib",
    "apprise",
)  # fmt: skip
MAY_USE_THE_NETWORK: Mapping[str, str] = {
    "connectors/wire.py": "the one door out",
    "connectors/lines.py": "the door's pinned connections",
    "sandbox/server.py": "serves the stand-ins on loopback",
    "sandbox/fetching.py": "fetches the pictures that a client shows a stand-in on loopback",
    "samklang/house.py": "binds the port of the pages",
    "samklang/demo/county.py": "tells its own stand-ins what to play",
    "samklang/rehearsal/stage.py": "tells its own stand-ins what befalls an account",
    "workers/desk.py": "the name of this machine, for attempts",
    "workers/mail.py": "letters to the operator's own mail server, which is no web server",
    "workers/chat.py": "a person's own chat: hosts from a list, no redirects, built from fields (threat C15)",
}

PLATFORMS = re.compile(
    r"(?i:mastodon|bluesky|bsky|atproto|facebook|instagram|linkedin|twitter|tiktok|youtube|snapchat|wordpress)"
    r"|\bThreads\b|threads\.net|\b(?i:api\.)?x\.com\b"
)

MAKES_POSTS = {
    "campaigns/rendering.py": "what a person approves",
    "campaigns/snapshots.py": "what was approved",
}

SEES_EVERYTHING: Mapping[str, str] = {
    "campaigns/store/session.py": "finds the actor before there is one, and names a new instance",
    "campaigns/connecting.py": "tells two organisations that both want one account",
    "campaigns/channels.py": "a person's own channel belongs to no one organisation",
    "campaigns/notices.py": "a person's own choices hold for all organisations that she works for",
    "campaigns/rotation.py": "the vault's keys seal the logins of every organisation",
    "reports/engagement/own.py": "a municipality is told the typical level of eight or more of its size, and no one's",
    "campaigns/identities.py": "somebody who comes from a provider belongs to no organisation yet",
    "scheduler/clock.py": "the clock",
    "workers/publish.py": "a worker",
    "workers/look.py": "a worker",
    "workers/measure.py": "a worker",
    "workers/renew.py": "a worker",
    "workers/rehearse.py": "a worker",
    "workers/notify.py": "a worker: one letter for somebody of several organisations",
    "workers/desk.py": "reads and renews logins for the workers",
    "workers/tasks.py": "asks for more work",
    "reports/doctor/examination.py": "goes through everything, and tells it to the operator alone",
    "reports/health.py": "counts and times of the instance itself",
    "campaigns/answer_links.py": "finds whose answer a link carries before there is an actor",
    "campaigns/api_tokens.py": "finds as whom a program acts before there is an actor",
    "campaigns/entrance.py": "lets people in before there is an actor",
    "campaigns/stop_devices.py": "finds who is behind a device before there is an actor, and a person's own ones",
    "campaigns/sessions.py": "finds who is behind a session before there is an actor",
    "reports/instance.py": "counts and versions of the instance itself, for its operator",
    "web/public.py": "what is out in a campaign is public",
    "web/open_pages.py": "the instance's own status page, without names unless it is the demo, and what is public",
    "samklang/house.py": "the mark of a new store",
    "samklang/console.py": "the operator reads, when nobody is named",
    "samklang/commands/running.py": "the operator loads the register and appoints first members",
    "samklang/commands/noticing.py": "the operator's trial of the mail server",
    "samklang/commands/stopping.py": "the operator's stop of everything",
    "samklang/demo/county.py": "makes up the people of the demo",
    "samklang/demo/rounds.py": "looks which round is under way",
    "samklang/demo/live.py": "the demo's live view",
    "samklang/rehearsal/stage.py": "makes up the people of a rehearsal, in a store of its own",
    "samklang/rehearsal/play.py": "looks for the next thing to happen, and writes down what did",
}

KNOWS_THE_TIME: Mapping[str, str] = {
    "connectors/wire.py": "dates in answers are compared with the wall clock",
    "samklang/console.py": "a command begins",
    "web/app.py": "a request begins",
    "workers/desk.py": "a worker's errand begins",
    "samklang/demo/live.py": "the demo's live view tells what comes next",
}
CLOCKS = re.compile(r"(?:^|\.)(?:datetime\.(?:now|utcnow|today)|date\.today|time\.(?:time|time_ns))$")

FORMATS_TEXT: Mapping[str, str] = {
    "web/feed.py": "HTML of the module itself, into which everything goes escaped",
    "reports/voice.py": "the pattern of a moment, from the module itself",
    "samklang/writing.py": "the pages of the documentation, from the module itself",
}


def found_in(wanted: Iterable[str]) -> set[str]:
    """Return the permissions' names, for a comparison that tells what is missing on either side."""
    return set(wanted)


# -- who may do what alone


def test_only_make_writes_the_state_of_a_delivery() -> None:
    writers = {f"{one.path}:{name}" for one in modules() for name in _state_writers(one)}
    assert writers == {"campaigns/deliveries.py:_moving"}
    users = {
        f"{one.path}:{name}"
        for one in modules()
        for name, function in one.functions()
        if any(name_of(node) == "_moving" for node in ast.walk(function) if isinstance(node, ast.expr))
    }
    assert users == {"campaigns/deliveries.py:make"}


def _state_writers(module: Module) -> set[str]:
    """Return the functions that could change a delivery's state: by statement, by attribute, by a dictionary for one."""
    writers = set()
    for name, function in module.functions():
        about = {name_of(call.args[0]) for call in _statements(function) if call.args}
        for node in ast.walk(function):
            if _sets_attribute(node, "state") and module.path != "campaigns/accounts.py":
                writers.add(name)
            if module.room not in {"campaigns", "workers", "scheduler"}:
                continue
            if isinstance(node, ast.Dict) and "state" in {_text(key) for key in node.keys}:
                writers.add(name)
            is_values = isinstance(node, ast.Call) and name_of(node.func) in {"values", "Delivery"}
            named = {keyword.arg for keyword in node.keywords} if is_values else set()
            if "state" in named and about != {"Account"}:
                writers.add(name)
    return writers


def _statements(function: ast.AST) -> list[ast.Call]:
    """Return every `update(…)`, `insert(…)` and `delete(…)`."""
    calls = [node for node in ast.walk(function) if isinstance(node, ast.Call)]
    return [call for call in calls if name_of(call.func) in {"update", "insert", "delete"}]


def _sets_attribute(node: ast.AST, attribute: str) -> bool:
    if isinstance(node, ast.Call) and name_of(node.func) == "setattr":
        return any(_text(argument) == attribute for argument in node.args)
    if not isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign):
        return False
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    flat = [part for target in targets for part in ast.walk(target)]
    return any(isinstance(part, ast.Attribute) and part.attr == attribute for part in flat)


def _text(node: ast.AST | None) -> object:
    return node.value if isinstance(node, ast.Constant) else None


def test_in_accounts_a_state_is_an_accounts() -> None:
    (module,) = (one for one in modules() if one.path == "campaigns/accounts.py")
    owners = {
        dotted(part.value)
        for node in module.walk()
        if isinstance(node, ast.Assign)
        for target in node.targets
        for part in ast.walk(target)
        if isinstance(part, ast.Attribute) and part.attr == "state"
    }
    assert owners == {"account"}


def test_only_the_door_and_the_named_few_import_network_libraries() -> None:
    users = {
        one.path
        for one in modules()
        if any(
            name == library or name.startswith(f"{library}.")
            for name in imports(one.tree)
            for library in NETWORK
        )
    }
    assert users == found_in(MAY_USE_THE_NETWORK)


def test_a_platform_is_named_in_its_own_file_and_in_the_list_alone() -> None:
    named = []
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*")):
            short = path.relative_to(ROOT).as_posix()
            if path.suffix not in {".py", ".html", ".css", ".js", ".svg"} or _may_name_platforms(short):
                continue
            for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
                if PLATFORMS.search(line):
                    named.append(f"{short}:{number}: {line.strip()}")
    assert named == []


def _may_name_platforms(path: str) -> bool:
    own_file = re.fullmatch(r"connectors/(\w+?)(?:_\w+)?\.py", path)
    return (
        path.startswith("sandbox/")
        or path == "connectors/__init__.py"
        or bool(own_file and own_file[1] in connectors.names())
    )


def test_a_post_is_made_in_rendering_and_in_snapshots_alone() -> None:
    makers = {
        one.path
        for one in modules()
        for name, _ in one.calls()
        if name == "Post" and one.room not in {"connectors", "sandbox"}
    }
    assert makers == found_in(MAKES_POSTS)


def test_only_the_named_few_open_a_session_that_sees_every_organisation() -> None:
    openers = {
        one.path for one in modules() for name, call in one.calls() if name == "system" and _on_store(call)
    }
    assert openers == found_in(SEES_EVERYTHING)


def test_a_trial_that_sees_everything_is_for_the_preview_of_a_correction_alone() -> None:
    openers = {
        one.path for one in modules() for name, call in one.calls() if name == "trial" and _on_store(call)
    }
    assert openers == {"campaigns/corrections.py"}


def _on_store(call: ast.Call) -> bool:
    return isinstance(call.func, ast.Attribute) and not dotted(call.func.value).startswith("os")


def test_no_query_reaches_across_organisations_but_in_the_store() -> None:
    users = {one.path for one in modules() if "across_organisations" in one.text}
    assert users == {"campaigns/store/session.py", "campaigns/store/views.py"}


def test_tables_are_used_through_their_classes_outside_the_store() -> None:
    # a statement on a Table goes round the scope, which is hung on the classes
    around = [
        one.path
        for one in modules()
        if not one.path.startswith("campaigns/store/")
        for node in one.walk()
        if isinstance(node, ast.Attribute) and node.attr in {"__table__", "metadata", "exec_driver_sql"}
    ]
    assert around == []


def test_sql_is_written_as_text_in_the_store_alone() -> None:
    writers = {
        one.path
        for one in modules()
        if not one.path.startswith("campaigns/store/")
        for name in imports(one.tree)
        if name in {"sqlalchemy.text", "sqlalchemy.sql.text", "sqlalchemy.literal_column"}
    }
    assert writers == set()


def test_pages_ask_no_question_of_the_database() -> None:
    names = {name for one in modules() if one.room == "web" for name in imports(one.tree)}
    allowed = {"sqlalchemy.orm", "sqlalchemy.orm.Session"}  # the type of what it hands on
    asked = {
        name
        for name in names - allowed
        if name.startswith("sqlalchemy") and not name.startswith("sqlalchemy.exc")
    }
    assert asked == set()
    asking = [
        f"{one.path}:{call.lineno}"
        for one in modules()
        if one.room == "web"
        for name, call in one.calls()
        if name in {"execute", "scalar", "scalars", "get_one", "query", "add", "flush", "delete"}
        and isinstance(call.func, ast.Attribute)
        and name_of(call.func.value) == "session"
    ]
    assert asking == []


def test_only_process_entries_ask_the_clock() -> None:
    askers = {
        one.path
        for one in modules()
        if one.room != "sandbox"  # the stand-ins are another world
        for node in one.walk()
        if isinstance(node, ast.Attribute) and CLOCKS.search(dotted(node))
    }
    assert askers == found_in(KNOWS_THE_TIME)


def test_no_stored_text_is_a_format() -> None:
    users = {
        one.path
        for one in modules()
        for name, call in one.calls()
        if name in {"format", "format_map", "Template"} and isinstance(call.func, ast.Attribute)
    }
    assert users == found_in(FORMATS_TEXT)
    percent = [
        f"{one.path}:{node.lineno}"
        for one in modules()
        for node in one.walk()
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod) and isinstance(_text(node.left), str)
    ]
    assert percent == []


def test_the_patterns_that_are_formatted_are_the_modules_own() -> None:
    for path in FORMATS_TEXT:
        (module,) = (one for one in modules() if one.path == path)
        for name, call in module.calls():
            if name == "format" and isinstance(call.func, ast.Attribute):
                pattern = call.func.value
                owner = pattern.value if isinstance(pattern, ast.Subscript) else pattern
                assert name_of(owner).strip("_").isupper(), f"{path}:{call.lineno}"


def test_nothing_is_run_that_comes_as_text() -> None:
    runs = [
        f"{one.path}:{call.lineno}"
        for one in modules()
        for name, call in one.calls()
        if (
            name in {"eval", "exec", "loads"}
            and dotted(call.func) in {"eval", "exec", "pickle.loads", "marshal.loads"}
        )
        or any(keyword.arg == "shell" for keyword in call.keywords)
    ]
    assert runs == []


# -- imports


def test_imports_run_one_way_and_the_publishing_worker_knows_no_rendering() -> None:
    linter = Path(sys.executable).with_name("lint-imports")
    told = subprocess.run(
        [linter, "--no-cache"], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert told.returncode == 0, told.stdout
    for contract in (
        "Imports run one way through the house",
        "The stand-in platforms import nothing of ours",
        "Connectors import no other room",
        "No rendering is importable from the publishing worker",
        "Only the door out imports an HTTP library",
        "The pure rules know no database",
    ):
        assert f"{contract} KEPT" in told.stdout


def test_loading_the_workers_that_talk_to_a_platform_loads_no_rendering() -> None:
    code = (
        "import sys, workers.publish, workers.look, workers.measure\n"
        "print(*(name for name in sys.modules if name.startswith('campaigns.')))"
    )
    told = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    )
    loaded = set(told.stdout.split())
    assert "campaigns.snapshots" in loaded
    assert loaded & {f"campaigns.{name}" for name in ("rendering", "wording", "approval", "plans")} == set()
