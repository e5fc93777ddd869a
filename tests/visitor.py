"""A person at the pages, without a browser: logs in, opens pages, and sends forms with the token that the page gave her."""

from __future__ import annotations

import asyncio
import html
import re
from collections.abc import Mapping

import httpx
from fastapi import FastAPI

from campaigns import sessions
from campaigns.store import Person, Store

ADDRESS = "http://127.0.0.1:8046"
TOKEN = re.compile(r'name="csrf" value="([0-9a-f]+)"')


class Visitor:
    """One browser of one person; keeps its cookies, and the last page's form token."""

    def __init__(self, web: FastAPI, mail: str | None = None, *, language: str = "en") -> None:
        self.web = web
        self.cookies: dict[str, str] = {"language": language}
        self.csrf = ""
        if mail:
            self.log_in(mail)

    def log_in(self, mail: str) -> None:
        """Begin a session as this person."""
        store: Store = self.web.store  # type: ignore[attr-defined]
        with store.system() as session:
            person = session.query(Person).where(Person.mail == mail).one()
            token = sessions.begin(
                session, person, how="test", device="test", now=self.web.now(), factor=True
            )  # type: ignore[attr-defined]
        self.cookies["samklang"] = token.reveal()

    def get(self, path: str, **more: object) -> httpx.Response:
        """Open a page; redirects are not followed."""
        answer = self._ask("GET", path, **more)
        if found := TOKEN.search(answer.text):
            self.csrf = found[1]
        return answer

    def post(
        self,
        path: str,
        fields: Mapping[str, object] | None = None,
        *,
        csrf: str | None = None,
        **more: object,
    ) -> httpx.Response:
        """Send a form with the token of the last page, or with another one."""
        data = {"csrf": self.csrf if csrf is None else csrf, **(fields or {})}
        answer = self._ask("POST", path, data=data, **more)
        if found := TOKEN.search(answer.text):
            self.csrf = found[1]
        return answer

    def follow(self, answer: httpx.Response) -> httpx.Response:
        """Go where an answer leads to."""
        assert answer.status_code == 303, (answer.status_code, words_of(answer)[:1500])
        return self.get(answer.headers["location"])

    def _ask(self, method: str, path: str, **more: object) -> httpx.Response:
        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(self.web, raise_app_exceptions=True)
            async with httpx.AsyncClient(
                transport=transport, base_url=ADDRESS, cookies=dict(self.cookies)
            ) as client:
                return await client.request(method, path, **more)  # type: ignore[arg-type]

        answer = asyncio.run(ask())
        for cookie in answer.headers.get_list("set-cookie"):
            if "Max-Age=0" in cookie:
                self.cookies.pop(cookie.partition("=")[0], None)
        for name in answer.cookies:
            self.cookies[name] = answer.cookies[name]
        return answer


def words_of(page: httpx.Response) -> str:
    """Return what a page says, without its tags and with single spaces."""
    text = re.sub(r"<(script|style)\b.*?</\1>", " ", page.text, flags=re.DOTALL)
    text = re.sub(r"</?(?:span|ins|del|em)\b[^>]*>", "", text)
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", text))).strip()
