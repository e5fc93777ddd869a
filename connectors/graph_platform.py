"""What every platform that speaks the Graph API does alike: asking with the login in a header, and posts made of containers.

It names no platform; addresses, versions and fields are the platform's own.
"""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import ClassVar

from connectors.answers import Answer, items, line, mapping, moment
from connectors.base import Connector, Json, Login, Receipt
from connectors.containers import Containers
from connectors.errors import ConnectorError, NotSent, OutcomeUnknown, Refused
from connectors.graph import graph_failure
from connectors.post import Picture, Post
from connectors.wire import Files

_SHORT = re.compile(r"[A-Za-z0-9_=-]{1,40}\Z")
_PAGES = 5
"""Pages of a list that a look-up reads."""


class GraphPlatform(Connector):
    """A platform with the settings `pages_url` and `version`, and one login: `access_token`."""

    def _ask(
        self,
        login: Login,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        json: Mapping[str, object] | None = None,
        form: Mapping[str, str] | None = None,
        files: Files | None = None,
        irreversible: bool = False,
    ) -> Answer:
        # the token goes in a header: in the address it would stand in logs
        return self.wire.call(
            method,
            f"{login.base}/{self.chosen['version']}/{path}",
            login=login.secrets["access_token"],
            params=params,
            json=json,
            form=form,
            files=files,
            irreversible=irreversible,
        )

    def _good(self, answer: Answer) -> Answer:
        """Return the answer if it is a success.

        Raises: what it stands for otherwise.
        """
        if answer.ok:
            return answer
        raise graph_failure(answer, self.title)

    def _pages(self, base: str) -> str:
        """Return where people see posts: the platform's own pages, or those of a stand-in on this machine."""
        return base if base.startswith("http://") else self.chosen["pages_url"]

    def _listed(
        self, login: Login, path: str, params: Mapping[str, str], since: datetime, time: str
    ) -> Iterator[Mapping[str, object]]:
        """Yield what a list has, newest first, back to `since`; `time` is the field that says when.

        Raises: NotSent when there is so much that the look-up ends before `since`, or no list came.
        """
        asked = {**params, "since": str(int(since.timestamp()))}
        for _ in range(_PAGES):
            answer = self._good(self._ask(login, "GET", path, params=asked))
            body = answer.object()
            if not isinstance(body.get("data"), list):
                raise answer.unclear("connector.bad_answer", diagnostic="no list of posts")
            for node in items(body.get("data")):
                at = moment(node.get(time))
                if at is None or at >= since:
                    yield node
            paging = mapping(body.get("paging"))
            after = line(mapping(paging.get("cursors")).get("after"))
            if not after or "next" not in paging:
                return
            asked["after"] = after
        raise NotSent("connector.look_up_incomplete", diagnostic="too many posts", platform=self.title)


class ContainerPlatform(GraphPlatform):
    """A platform that publishes containers and fetches pictures from where we show them."""

    fetches_pictures: ClassVar[bool] = True

    @abstractmethod
    def _containers(self, login: Login) -> Containers:
        """Return the containers of an account."""

    @abstractmethod
    def _address(self, login: Login, shortcode: str) -> str:
        """Return where people see the post with this short code."""

    def _prepared(
        self, login: Login, post: Post, key: str, about: Mapping[str, str], kind: Mapping[str, str]
    ) -> str:
        """Return a container that is ready: of one picture, or of several that are made first. Nobody sees any of them.

        `about` is what the post says, `kind` what a picture of it is called.
        """
        containers = self._containers(login)
        shown = [{**kind, **self._shown(key, one)} for one in post.pictures]
        if len(shown) == 1:
            made = containers.make({**shown[0], **about})
        else:
            children = [containers.make({**one, "is_carousel_item": "true"}) for one in shown]
            for child in children:
                containers.wait_for(child, self.wire.pause)
            made = containers.make({"media_type": "CAROUSEL", "children": ",".join(children), **about})
        containers.wait_for(made, self.wire.pause)
        return made

    def _shown(self, key: str, picture: Picture) -> dict[str, str]:
        if self.show is None:
            raise Refused("connector.no_public_address", platform=self.title)
        return {"image_url": self.show(key, picture), "alt_text": picture.alt}

    def _published(self, login: Login, made: str) -> Receipt:
        """Return the receipt of what was just published: it is live, but where it can be seen has to be asked.

        Raises: OutcomeUnknown where that cannot be read; the look-up finds it.
        """
        try:
            answer = self._good(self._ask(login, "GET", made, params={"fields": "id,shortcode"}))
            shortcode = line(answer.object().get("shortcode"))
        except ConnectorError as error:
            raise OutcomeUnknown(diagnostic=f"live, then {error.code}", host=self.title) from None
        return self._receipt(login, made, shortcode)

    def _receipt(self, login: Login, made: str, shortcode: str) -> Receipt:
        """Return the receipt; its address is built here, no answer decides it.

        Raises: OutcomeUnknown where there is nothing to build on.
        """
        if not _SHORT.match(shortcode):
            raise OutcomeUnknown(diagnostic="live, without an address", host=self.title)
        return Receipt(made, self._address(login, shortcode))

    def _found(self, login: Login, node: Mapping[str, object]) -> Receipt:
        """Return the receipt of a post that a look-up came upon.

        Raises: NotSent where it has no address, which is neither yes nor no.
        """
        try:
            return self._receipt(login, line(node.get("id")), line(node.get("shortcode")))
        except OutcomeUnknown:
            note = "found, without an address"
            raise NotSent("connector.look_up_incomplete", diagnostic=note, platform=self.title) from None

    def _must_be_unspent(self, login: Login, handle: Json | None) -> None:
        """Make sure of a "not there": the container itself knows whether it was spent.

        Raises: NotSent where it was.
        """
        container = line(handle.get("container")) if handle is not None else ""
        if container and self._containers(login).is_spent(container):
            note = "spent, not listed"
            raise NotSent("connector.look_up_incomplete", diagnostic=note, platform=self.title)
