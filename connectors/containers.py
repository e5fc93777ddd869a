"""Containers: made beforehand, seen by nobody, spent once. What two of Meta's platforms have in place of a key.

Facts: Meta's documentation of content publishing, and implementers' reports on what follows a publishing call, read
2026-11. A container ends after a day; spending it is the only step that anybody can see.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from connectors.answers import Answer, line
from connectors.errors import NotSent, OutcomeUnknown, Refused
from connectors.graph import GraphError, graph_error, graph_failure

_ID = re.compile(r"[0-9]{1,40}\Z")
_ASKED = 12
"""Times a container is asked about before the attempt ends; pictures are usually ready within seconds."""
_BETWEEN = 1.0
"""Seconds between two of them."""
_READY = frozenset({"FINISHED", "PUBLISHED"})
_OVER = frozenset({"ERROR", "EXPIRED"})
_SOON = timedelta(seconds=10)
_NOT_READY = frozenset({(24, 4279009), (9007, 2207027)})
"""The commonest refusal of all: the container is not seen yet where publishing happens, even after FINISHED."""
_NO_MORE = frozenset({(-2, 2207020), (24, 2207006), (24, 2207008)})
_NOT_FETCHED = frozenset({2207003, 2207052, 2207077})
"""Sub-codes: the platform could not fetch the picture from where we show it."""
_MAKE_ANEW = frozenset({2207001, 2207032, 2207053, 2207082})


@dataclass(frozen=True, slots=True)
class Containers:
    """The containers of one account."""

    ask: Callable[..., Answer]
    """Asks the platform with the account's login: method, path, and `params`, `form`, `irreversible`."""
    title: str
    """The platform's name."""
    making: str
    """Path of what makes a container."""
    spending: str
    """Path of what spends one."""
    status: str
    """Name of the field that says how far a container has come."""

    def make(self, form: Mapping[str, str]) -> str:
        """Return the id of a new container.

        Raises: NotSent where the picture could not be fetched, or they failed; Refused; LoginLost.
        """
        answer = self.ask("POST", self.making, form=form)
        error = graph_error(answer)
        if error is not None and {error.code, error.subcode} & (_NOT_FETCHED | _MAKE_ANEW):
            code = "connector.not_fetched" if error.subcode in _NOT_FETCHED else "connector.no_answer"
            raise NotSent(code, diagnostic=_note(answer, error), platform=self.title, host=answer.host)
        made = line(self._good(answer).object().get("id"))
        if not _ID.match(made):
            raise answer.unclear("connector.bad_answer", diagnostic="no id for a container")
        return made

    def wait_for(self, container: str, pause: Callable[[float], None]) -> None:
        """Ask until the container is ready.

        Raises: NotSent where it is not ready in time, to begin anew; Refused for a picture that they cannot use.
        """
        for turn in range(_ASKED):
            if turn:
                pause(_BETWEEN)
            state = self.state(container)
            if state in _READY:
                return
            if state == "ERROR":
                raise Refused("connector.media_refused", diagnostic="container in error", platform=self.title)
            if state in _OVER:
                break
        raise NotSent("connector.media_processing", diagnostic="container not ready", platform=self.title)

    def spend(self, container: str) -> str:
        """Publish the container, which can be done once, and return the id of the post.

        Raises: OutcomeUnknown whenever it is not certain that nothing was published; NotSent with the same container
        kept where it is only not ready, without it where it has ended.
        """
        answer = self.ask("POST", self.spending, form={"creation_id": container}, irreversible=True)
        error = graph_error(answer)
        which = (error.code, error.subcode) if error is not None else None
        if error is not None and which in _NOT_READY | _NO_MORE:
            raise self._why_not_ready(container, _note(answer, error))
        if error is not None and error.subcode in _MAKE_ANEW:
            raise OutcomeUnknown(diagnostic=_note(answer, error), host=answer.host)
        made = line(self._good(answer).object().get("id"))
        if not _ID.match(made):
            raise answer.unclear("connector.bad_answer", diagnostic="no id for a post")
        return made

    def is_spent(self, container: str) -> bool:
        """Return whether the container has become a post."""
        return self.state(container) == "PUBLISHED"

    def state(self, container: str) -> str:
        """Return how far the container has come, in the platform's word; what is a post by now counts as PUBLISHED.

        Raises: ConnectorError when no proper answer came.
        """
        answer = self.ask("GET", container, params={"fields": f"id,{self.status}"})
        error = graph_error(answer)
        if error is not None and error.code == 100 and not error.missing:
            return "PUBLISHED"  # "nonexisting field": the id is that of a post
        if error is not None and (error.missing or (error.code, error.subcode) in _NO_MORE):
            return "EXPIRED"
        state = line(self._good(answer).object().get(self.status))
        if not state:
            raise answer.unclear("connector.bad_answer", diagnostic="no state of a container")
        return state

    def _why_not_ready(self, container: str, note: str) -> NotSent | OutcomeUnknown:
        """Return what a refusal "not found, not ready" comes to, as the container itself tells.

        It comes for containers that are ready, too (210 of 584 failures at one publisher in 45 days): then the same one
        is tried again.
        """
        try:
            state = self.state(container)
        except (NotSent, Refused):
            state = ""
        if state == "PUBLISHED":
            return OutcomeUnknown(diagnostic=f"{note}, and spent", host=self.title)
        if state in _OVER:
            return NotSent(prepare_again=True, diagnostic=f"{note}, {state}", platform=self.title)
        return NotSent("connector.media_processing", wait=_SOON, diagnostic=note, platform=self.title)

    def _good(self, answer: Answer) -> Answer:
        if answer.ok:
            return answer
        raise graph_failure(answer, self.title)


def _note(answer: Answer, error: GraphError) -> str:
    return f"{answer.host}: status {answer.status} code {error.code}/{error.subcode}"
