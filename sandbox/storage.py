"""Keeps accounts, posts and media of one stand-in in a single SQLite file, or in memory.

It knows no platform: what is particular to one lies in a post's `doc`. A killed process loses nothing that was
answered (write-ahead log); a power cut may lose the last moments, which is enough for a rehearsal.
"""

from __future__ import annotations

import json
import secrets
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any

from sandbox.exchange import Doc

_TABLES = """
CREATE TABLE IF NOT EXISTS accounts (
    handle TEXT PRIMARY KEY, id TEXT NOT NULL UNIQUE, title TEXT NOT NULL, inhabitants INTEGER, followers INTEGER,
    language TEXT NOT NULL, created_at REAL NOT NULL, revoked INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS posts (
    seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, handle TEXT NOT NULL, kind TEXT NOT NULL, text TEXT NOT NULL,
    language TEXT NOT NULL, parent TEXT, created_at REAL NOT NULL, visible_at REAL NOT NULL, edited_at REAL,
    doc TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS posts_of ON posts (handle, kind, seq);
CREATE INDEX IF NOT EXISTS posts_under ON posts (parent, kind);
CREATE TABLE IF NOT EXISTS media (
    handle TEXT NOT NULL, id TEXT NOT NULL, mime TEXT NOT NULL, width INTEGER, height INTEGER, size INTEGER NOT NULL,
    sha256 TEXT NOT NULL, alt TEXT NOT NULL, focus TEXT NOT NULL, post TEXT, created_at REAL NOT NULL,
    content BLOB NOT NULL, PRIMARY KEY (handle, id));
CREATE INDEX IF NOT EXISTS media_of ON media (post);
CREATE VIEW IF NOT EXISTS media_facts AS
    SELECT handle, id, mime, width, height, size, sha256, alt, focus, post, created_at FROM media;
CREATE TABLE IF NOT EXISTS keys (
    handle TEXT NOT NULL, key TEXT NOT NULL, post TEXT NOT NULL, at REAL NOT NULL, PRIMARY KEY (handle, key));
CREATE TABLE IF NOT EXISTS sessions (
    id TEXT PRIMARY KEY, handle TEXT NOT NULL, next TEXT NOT NULL, ends_at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS kept (kind TEXT NOT NULL, name TEXT NOT NULL, doc TEXT NOT NULL, PRIMARY KEY (kind, name));
CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value TEXT NOT NULL);
"""


@dataclass(frozen=True, slots=True)
class Account:
    """One account. `inhabitants` and `followers` are `None` where nobody told."""

    handle: str
    id: str
    title: str
    inhabitants: int | None
    followers: int | None
    language: str
    created_at: float
    revoked: bool = False


@dataclass(frozen=True, slots=True)
class Post:
    """One post or other record. `seq` orders by making; times are unix seconds; reads see it from `visible_at`."""

    seq: int
    id: str
    handle: str
    kind: str
    text: str
    language: str
    parent: str | None
    created_at: float
    visible_at: float
    edited_at: float | None
    doc: Doc


@dataclass(frozen=True, slots=True)
class Media:
    """What is known of one uploaded file; its bytes are read apart."""

    handle: str
    id: str
    mime: str
    width: int | None
    height: int | None
    size: int
    sha256: str
    alt: str
    focus: str
    """Focal point as the client sent it: `x,y` or empty."""
    post: str | None
    created_at: float


class Store:
    """One stand-in's memory. Every method may be called from any thread."""

    def __init__(self, file: Path | None, kept: bytes | None = None) -> None:
        """Open `file`, or memory with what `kept` holds from an earlier `close`."""
        self._lock = threading.RLock()
        self._link = sqlite3.connect(file or ":memory:", check_same_thread=False, isolation_level=None)
        self._in_memory = file is None
        if kept is not None:
            self._link.deserialize(kept)
        if file is not None:
            self._link.execute("PRAGMA journal_mode=WAL")
            self._link.execute("PRAGMA synchronous=NORMAL")
        self._link.executescript(_TABLES)
        self._last = self._newest_number()

    def close(self) -> bytes | None:
        """Close, and return what memory held so that it can be opened again."""
        with self._lock:
            kept = self._link.serialize() if self._in_memory else None
            self._link.close()
            return kept

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Hold everybody else off; everything inside is kept together or not at all."""
        with self._lock:
            if self._link.in_transaction:
                yield
                return
            self._link.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._link.execute("ROLLBACK")
                raise
            self._link.execute("COMMIT")

    def _rows(self, statement: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        with self._lock:
            return self._link.execute(statement, values).fetchall()

    # Accounts

    def account(self, handle: str) -> Account | None:
        """Return the account of this handle."""
        rows = self._rows("SELECT * FROM accounts WHERE handle = ?", (handle,))
        return _account(rows[0]) if rows else None

    def account_by_id(self, account_id: str) -> Account | None:
        """Return the account with the platform's own id."""
        rows = self._rows("SELECT * FROM accounts WHERE id = ?", (account_id,))
        return _account(rows[0]) if rows else None

    def accounts(self) -> list[Account]:
        """Return every account by handle."""
        return [_account(row) for row in self._rows("SELECT * FROM accounts ORDER BY handle")]

    def keep_account(self, account: Account) -> Account:
        """Write an account, new or changed, and return it."""
        values = (
            account.handle,
            account.id,
            account.title,
            account.inhabitants,
            account.followers,
            account.language,
            account.created_at,
            int(account.revoked),
        )
        self._rows("INSERT OR REPLACE INTO accounts VALUES (?,?,?,?,?,?,?,?)", values)
        return account

    # Posts

    def next_number(self, now: float) -> int:
        """Return a number above every one before, for a post or an upload: milliseconds since 1970, 16 bits to spare."""
        with self._lock:
            self._last = max(int(now * 1000) << 16, self._last + 1)
            return self._last

    def _newest_number(self) -> int:
        rows = self._rows("SELECT max(seq) FROM posts UNION ALL SELECT max(CAST(id AS INTEGER)) FROM media")
        return max(int(row[0] or 0) for row in rows)

    def keep_post(self, post: Post) -> Post:
        """Write a post, new or changed, and return it."""
        values = (
            post.seq,
            post.id,
            post.handle,
            post.kind,
            post.text,
            post.language,
            post.parent,
            post.created_at,
            post.visible_at,
            post.edited_at,
            json.dumps(post.doc, ensure_ascii=False),
        )
        self._rows("INSERT OR REPLACE INTO posts VALUES (?,?,?,?,?,?,?,?,?,?,?)", values)
        return post

    def drop_post(self, post_id: str) -> None:
        """Forget a post."""
        self._rows("DELETE FROM posts WHERE id = ?", (post_id,))

    def post(self, post_id: str, seen_at: float | None = None) -> Post | None:
        """Return a post; with `seen_at` only if a reader can see it then."""
        rows = self._rows("SELECT * FROM posts WHERE id = ?", (post_id,))
        post = _post(rows[0]) if rows else None
        return None if post and seen_at is not None and post.visible_at > seen_at else post

    def posts(
        self,
        *,
        handle: str | None = None,
        kind: str | None = "post",
        parent: str | None = None,
        before: int | None = None,
        after: int | None = None,
        seen_at: float | None = None,
        oldest_first: bool = False,
        limit: int = -1,
    ) -> list[Post]:
        """Return posts, newest first unless asked otherwise; `before` and `after` bound `seq` without including it."""
        wanted = {
            "handle = ?": handle,
            "kind = ?": kind,
            "parent = ?": parent,
            "seq < ?": before,
            "seq > ?": after,
            "visible_at <= ?": seen_at,
        }
        used = {clause: value for clause, value in wanted.items() if value is not None}
        where = " AND ".join(used) or "1"
        order = "ASC" if oldest_first else "DESC"
        # Only the fixed clauses above enter the statement; every value is bound.
        statement = f"SELECT * FROM posts WHERE {where} ORDER BY seq {order} LIMIT ?"  # noqa: S608  # see above
        return [_post(row) for row in self._rows(statement, (*used.values(), limit))]

    def count_under(self, parent: str, kind: str = "post") -> int:
        """Return how many posts or records of a kind hang under a post."""
        return int(
            self._rows("SELECT count(*) FROM posts WHERE parent = ? AND kind = ?", (parent, kind))[0][0]
        )

    def count_of(self, handle: str) -> int:
        """Return how many posts an account has."""
        return int(
            self._rows("SELECT count(*) FROM posts WHERE handle = ? AND kind = 'post'", (handle,))[0][0]
        )

    def count_all(self) -> tuple[int, int]:
        """Return how many accounts and how many posts there are."""
        posts = "SELECT count(*) FROM posts WHERE kind = 'post'"
        return int(self._rows("SELECT count(*) FROM accounts")[0][0]), int(self._rows(posts)[0][0])

    # Media

    def keep_media(self, media: Media, content: bytes) -> Media:
        """Write an uploaded file and return what is known of it; the same id again changes nothing."""
        values = (*astuple(media), content)
        self._rows("INSERT OR IGNORE INTO media VALUES (?,?,?,?,?,?,?,?,?,?,?,?)", values)
        return media

    def media(self, handle: str, media_id: str) -> Media | None:
        """Return what is known of an account's upload."""
        rows = self._rows("SELECT * FROM media_facts WHERE handle = ? AND id = ?", (handle, media_id))
        return Media(*rows[0]) if rows else None

    def content(self, handle: str, media_id: str) -> bytes:
        """Return an upload's bytes, empty if there is none."""
        rows = self._rows("SELECT content FROM media WHERE handle = ? AND id = ?", (handle, media_id))
        return bytes(rows[0][0]) if rows else b""

    def describe_media(self, handle: str, media_id: str, alt: str, focus: str) -> None:
        """Change an upload's alternative text and focal point."""
        values = (alt, focus, handle, media_id)
        self._rows("UPDATE media SET alt = ?, focus = ? WHERE handle = ? AND id = ?", values)

    def attach_media(self, handle: str, media_id: str, post_id: str | None) -> None:
        """Tie an upload to a post, or set it free with `None`."""
        self._rows("UPDATE media SET post = ? WHERE handle = ? AND id = ?", (post_id, handle, media_id))

    def drop_media(self, handle: str, media_id: str) -> None:
        """Forget one upload."""
        self._rows("DELETE FROM media WHERE handle = ? AND id = ?", (handle, media_id))

    def drop_loose_media(self) -> None:
        """Forget every upload that no post uses, as the platforms do after a while."""
        self._rows("DELETE FROM media WHERE post IS NULL")

    # What only one platform keeps: applications, codes, tokens

    def keep(self, kind: str, name: str, doc: Doc) -> None:
        """Write a thing of a kind under its name, new or changed."""
        self._rows("INSERT OR REPLACE INTO kept VALUES (?,?,?)", (kind, name, json.dumps(doc)))

    def kept(self, kind: str, name: str) -> Doc | None:
        """Return the thing of a kind with this name."""
        rows = self._rows("SELECT doc FROM kept WHERE kind = ? AND name = ?", (kind, name))
        return dict(json.loads(rows[0][0])) if rows else None

    def all_kept(self, kind: str) -> dict[str, Doc]:
        """Return everything of a kind by name."""
        rows = self._rows("SELECT name, doc FROM kept WHERE kind = ?", (kind,))
        return {str(name): dict(json.loads(doc)) for name, doc in rows}

    def drop(self, kind: str, name: str | None = None) -> None:
        """Forget one thing of a kind, or all of them."""
        self._rows("DELETE FROM kept WHERE kind = ? AND name = coalesce(?, name)", (kind, name))

    # Idempotency keys, sessions, settings

    def key(self, handle: str, key: str, since: float) -> str | None:
        """Return the id of the post made with this idempotency key after `since`."""
        rows = self._rows(
            "SELECT post FROM keys WHERE handle = ? AND key = ? AND at > ?", (handle, key, since)
        )
        return str(rows[0][0]) if rows else None

    def keep_key(self, handle: str, key: str, post_id: str, at: float) -> None:
        """Remember which post an idempotency key made."""
        self._rows("INSERT OR REPLACE INTO keys VALUES (?,?,?,?)", (handle, key, post_id, at))

    def session(self, session_id: str) -> tuple[str, str, float] | None:
        """Return handle, successor's id and end of a refresh token."""
        rows = self._rows("SELECT handle, next, ends_at FROM sessions WHERE id = ?", (session_id,))
        return (str(rows[0][0]), str(rows[0][1]), float(rows[0][2])) if rows else None

    def keep_session(self, session_id: str, handle: str, following: str, ends_at: float) -> None:
        """Write a refresh token's record."""
        self._rows(
            "INSERT OR REPLACE INTO sessions VALUES (?,?,?,?)", (session_id, handle, following, ends_at)
        )

    def drop_session(self, session_id: str) -> None:
        """Forget a refresh token."""
        self._rows("DELETE FROM sessions WHERE id = ?", (session_id,))

    def secret(self, name: str) -> bytes:
        """Return a random secret that stays the same as long as the store lives."""
        with self.writing():
            self._rows("INSERT OR IGNORE INTO settings VALUES (?, ?)", (name, secrets.token_hex(32)))
            return bytes.fromhex(str(self._rows("SELECT value FROM settings WHERE name = ?", (name,))[0][0]))


def _account(row: Any) -> Account:
    return Account(*(*row[:7], bool(row[7])))


def _post(row: Any) -> Post:
    return Post(*(*row[:10], json.loads(row[10])))
