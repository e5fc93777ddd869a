"""How LinkedIn is asked: the headers that every call needs, and uploads, which nobody sees until a post has them."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from urllib.parse import urlsplit

from connectors.answers import Answer, line, mapping
from connectors.base import Connector, FetchPicture, Login
from connectors.errors import NotSent, Refused
from connectors.linkedin_post import is_image
from connectors.linkedin_rest import encoded, rest_failure
from connectors.post import Picture

_ASKED = 12
"""Times an upload is asked about."""
_BETWEEN = 1.0
"""Seconds between two of them."""


class LinkedInCalls(Connector):
    """The part of the connector that makes the calls."""

    @abstractmethod
    def _administered(self, login: Login) -> list[str]:
        """Return the pages that a login's owner may publish on."""

    def _upload(self, login: Login, picture: Picture, fetch: FetchPicture) -> str:
        asked = {"initializeUploadRequest": {"owner": login.remote_id}}
        answer = self._good(self._ask(login, "POST", "images?action=initializeUpload", json=asked))
        value = mapping(answer.object().get("value"))
        urn, address = line(value.get("image")), line(value.get("uploadUrl"), 2000)
        if not is_image(urn) or not address:
            raise answer.unclear("connector.bad_answer", diagnostic="no place for an upload")
        hosts = {urlsplit(one).hostname or "" for one in (login.base, self.chosen["pages_url"])}
        sent = self.wire.call(
            "PUT",
            address,
            login=login.secrets["access_token"],
            hosts=hosts,  # the login goes along, so the answer may not say where to
            headers={"Content-Type": picture.mime},
            data=fetch(picture),
        )
        self._good(sent)
        return urn

    def _wait_for(self, login: Login, image: str) -> None:
        """Ask until an upload can be used: a post with one that cannot stays unseen, or is refused.

        Raises: NotSent; Refused for a picture that they cannot use.
        """
        for turn in range(_ASKED):
            if turn:
                self.wire.pause(_BETWEEN)
            answer = self._good(self._ask(login, "GET", f"images/{encoded(image)}"))
            state = line(answer.object().get("status"))
            if state == "AVAILABLE":
                return
            if state == "PROCESSING_FAILED":
                raise Refused("connector.media_refused", diagnostic="processing failed", platform=self.title)
        raise NotSent("connector.media_processing", diagnostic="upload not ready", platform=self.title)

    def _ask(
        self,
        login: Login,
        method: str,
        path: str,
        *,
        json: Mapping[str, object] | None = None,
        method_name: str | None = None,
        irreversible: bool = False,
    ) -> Answer:
        """Make a call; `path` holds its query already, since the platform's lists are encoded in a way of their own."""
        headers = {"LinkedIn-Version": self.chosen["version"], "X-Restli-Protocol-Version": "2.0.0"}
        if method_name is not None:
            headers["X-RestLi-Method"] = method_name
        return self.wire.call(
            method,
            f"{login.base}/rest/{path}",
            login=login.secrets["access_token"],
            headers=headers,
            json=json,
            irreversible=irreversible,
        )

    def _good(self, answer: Answer) -> Answer:
        """Return the answer if it is a success.

        Raises: what it stands for otherwise.
        """
        if answer.ok:
            return answer
        raise rest_failure(answer, self.title)

    def _pages(self, base: str) -> str:
        """Return where people see posts: the platform's own pages, or those of a stand-in on this machine."""
        return base if base.startswith("http://") else self.chosen["pages_url"]
