"""A real WordPress for tests, from Debian's packages: its files, a MariaDB of its own and PHP's own web server."""

from __future__ import annotations

import http.client
import itertools
import json
import os
import pwd
import re
import shutil
import subprocess
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import requests
from ports import free_ports
from processes import until

PACKAGE = Path("/usr/share/wordpress")
OWN = Path(__file__).parent / "wordpress"

_turns = itertools.count(2)


@dataclass(frozen=True, slots=True)
class Member:
    """A user of the site, with an application password."""

    id: int
    name: str
    password: str


@dataclass(frozen=True, slots=True)
class Site:
    """A running site, and what its administrator and its readers do there."""

    address: str
    version: str
    admin: Member
    folder: Path
    """Where it keeps everything, its log too."""

    def member(self, role: str) -> Member:
        """Return a new user with this role, and an application password as her profile page makes it."""
        name = f"{role}-{uuid.uuid4().hex[:6]}"
        made = self.ask("POST", "/users", {
            "username": name, "email": f"{name}@herad.example", "password": uuid.uuid4().hex, "roles": [role],
        })  # fmt: skip
        key = self.ask("POST", f"/users/{made['id']}/application-passwords", {"name": "Samklang"})
        return Member(made["id"], name, key["password"])

    def ask(self, method: str, path: str, content: Mapping[str, object] | None = None):
        """Return what the site's API answers its administrator, who may see everything."""
        login = (self.admin.name, self.admin.password)
        address = f"{self.address}/wp-json/wp/v2{path}"
        answer = requests.request(method, address, json=content, auth=login, timeout=60)
        assert answer.ok, answer.text
        return answer.json()

    def page(self, address: str) -> str:
        """Return a page as anybody reads it."""
        answer = requests.get(address, timeout=60)
        assert answer.status_code == 200, f"{address}: {answer.status_code}"
        return answer.text

    def comment(self, post: str, author: str, words: str) -> None:
        """Write a comment in the form below the post, and say yes to it as the site's administrator."""
        parts = urlsplit(self.address)
        # everybody with addresses of her own: WordPress takes one comment in a quarter of a minute from each
        turn = next(_turns)
        source, mail = (f"127.0.0.{turn}", 0), f"{author}-{turn}@mail.example"
        line = http.client.HTTPConnection(
            str(parts.hostname), parts.port or 80, timeout=60, source_address=source
        )
        form = {"comment_post_ID": post, "author": author, "email": mail, "comment": words}
        typed = {"Content-Type": "application/x-www-form-urlencoded"}
        line.request("POST", "/wp-comments-post.php", urlencode(form), typed)
        answer = line.getresponse()
        told = answer.read().decode()
        line.close()
        assert answer.status == 302, told
        held = self.ask("GET", f"/comments?status=hold&post={post}")
        for one in held:
            self.ask("POST", f"/comments/{one['id']}", {"status": "approved"})


@contextmanager
def running_site(folder: Path) -> Iterator[Site]:
    """Run a freshly installed site; it ends with the block, and all that it kept lies in `folder`."""
    address = f"http://127.0.0.1:{free_ports()}"
    root = _document_root(folder / "site")
    socket = folder / "tables.sock"
    environment = {
        "PATH": os.environ["PATH"], "SITE_ADDRESS": address, "SITE_SOCKET": str(socket)
    }  # fmt: skip
    php = ["php", "-d", "sendmail_path=/bin/true"]  # its letters go nowhere
    with _tables(folder, socket):
        told = subprocess.run(
            [*php, str(root / "install.php")], env=environment, capture_output=True, text=True, timeout=120, check=False
        )  # fmt: skip
        assert told.returncode == 0, told.stdout + told.stderr
        made = json.loads(told.stdout)
        server = [*php, "-S", address.partition("//")[2], "-t", str(root), str(root / "router.php")]
        with _started(server, environment, folder / "site.log", r"Development Server .* started"):
            yield Site(address, made["version"], Member(1, "admin", made["password"]), folder)


def _document_root(root: Path) -> Path:
    """Return a folder with the package's files, our own configuration and an empty place for uploads."""
    (root / "wp-content" / "uploads").mkdir(parents=True)
    for one in PACKAGE.glob("*.php"):
        if not one.name.startswith("wp-config"):
            shutil.copy(one, root)
    for shared in ("wp-admin", "wp-includes", "wp-content/themes"):
        (root / shared).symlink_to(PACKAGE / shared)
    for own in OWN.glob("*.php"):
        shutil.copy(own, root)
    return root


@contextmanager
def _tables(folder: Path, socket: Path) -> Iterator[None]:
    """Run MariaDB on a socket in our own folder: no port, no password, and nothing of the machine's own settings."""
    data, me = folder / "tables", f"--user={pwd.getpwuid(os.getuid()).pw_name}"
    subprocess.run(
        ["mariadb-install-db", "--no-defaults", f"--datadir={data}", "--skip-test-db",
         "--auth-root-authentication-method=normal", me],
        capture_output=True, timeout=120, check=True,
    )  # fmt: skip
    command = [
        "/usr/sbin/mariadbd", "--no-defaults", f"--datadir={data}", f"--socket={socket}", "--skip-networking", me,
        "--innodb-flush-log-at-trx-commit=0",  # a power cut is in no test
    ]  # fmt: skip
    with _started(command, {"PATH": os.environ["PATH"]}, folder / "tables.log", "ready for connections"):
        yield


@contextmanager
def _started(command: Sequence[str], environment: Mapping[str, str], log: Path, ready: str) -> Iterator[None]:
    """Run a server from when its log says that it is ready until the block ends."""
    with log.open("w") as lines:
        process = subprocess.Popen(
            command, env=dict(environment), stdin=subprocess.DEVNULL, stdout=lines, stderr=subprocess.STDOUT
        )
    try:
        until(lambda: process.poll() is not None or re.search(ready, log.read_text("utf-8", "replace")))
        assert process.poll() is None, log.read_text("utf-8", "replace")[-3000:]
        yield
    finally:
        process.terminate()
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
