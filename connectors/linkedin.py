"""LinkedIn organisation pages: publishes by one call, looks up by the page's own posts, counts in batches.

Facts are from LinkedIn's documentation, a recorded refusal and implementers' reports (version 202609), read 2026-11.
Assumed, since nobody could confirm it: that escaped signs count towards the 3,000, that comments are plain text, and that a
page's own list shows a new post within five minutes. The refusal of a repeated post names the live one. Who commented is
not kept: members' activity may be stored for 48 hours only, and never their names by us.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import ClassVar

from connectors.addresses import base_address
from connectors.answers import Answer, line, mapping
from connectors.base import (
    Connected,
    Counts,
    Dedupe,
    FetchPicture,
    Found,
    Json,
    Limits,
    Login,
    LoginField,
    Metric,
    Problem,
    Profile,
    Receipt,
    Reply,
    Setting,
)
from connectors.checks import common_problems
from connectors.counts import gone, seen
from connectors.errors import ConnectorError, LoginLost, NotSent, OutcomeUnknown, Refused
from connectors.linkedin_consent import LinkedInConsent
from connectors.linkedin_post import (
    COUNTED,
    comment_urn,
    content_of,
    counts_of,
    images_of,
    is_comment,
    is_ours,
    is_post,
    made_id,
    path_of,
)
from connectors.linkedin_rest import (
    DUPLICATE,
    body_of,
    codes,
    encoded,
    ends_on,
    listed,
    message,
    moment_of,
)
from connectors.linkedin_text import escaped
from connectors.post import Post
from connectors.secret import Secret
from connectors.text import alike

_NAMED = re.compile(r"urn:li:(?:share|ugcPost):[0-9]{1,30}")
_ORGANISATION = re.compile(r"urn:li:organization:[0-9]{1,20}\Z")
_MAY_POST = frozenset(
    {"ADMINISTRATOR", "CONTENT_ADMIN", "CONTENT_ADMINISTRATOR", "DIRECT_SPONSORED_CONTENT_POSTER"}
)
_PAGE, _PAGES = 50, 5
_SKEW = timedelta(minutes=5)
"""How far the platform's clock may lag behind ours in a look-up."""
_WARN = timedelta(days=60)


class LinkedIn(LinkedInConsent):
    """An organisation's page."""

    name: ClassVar[str] = "linkedin"
    title: ClassVar[str] = "LinkedIn"
    settings: ClassVar[tuple[Setting, ...]] = (
        Setting("url", "https://api.linkedin.com", "Address of the API."),
        Setting(
            "pages_url",
            "https://www.linkedin.com",
            "Where people see posts and say yes to our application, and uploads go.",
        ),
        Setting("client_id", "", "The client id of your own application at LinkedIn."),
        Setting("client_secret", "", "Its client secret.", secret=True),
        Setting("version", "202609", "Version of the API, as YYYYMM; each ends about a year later."),
    )
    login_fields: ClassVar[tuple[LoginField, ...]] = (
        LoginField("base", secret=False, hint="Address of the API, where it is another", needed=False),
        LoginField(
            "page", secret=False, hint="The page's number, where the token reaches several", needed=False
        ),
        LoginField(
            "access_token",
            secret=True,
            hint="A token with w_organization_social r_organization_social rw_organization_admin",
        ),
    )
    limits: ClassVar[Limits] = Limits(
        length=3000,
        pictures=20,
        picture_bytes=10_000_000,  # none is documented
        picture_pixels=36_152_320,
        picture_kinds=("image/jpeg", "image/png", "image/gif"),
        alt_length=4086,
    )
    metrics: ClassVar[tuple[Metric, ...]] = tuple(COUNTED.values())
    metrics_version: ClassVar[int] = 1
    dedupe: ClassVar[Dedupe] = "look_up"
    trusts_absence: ClassVar[timedelta | None] = timedelta(minutes=5)
    measure_batch: ClassVar[int] = 20

    def length(self, text: str, _: Limits | None = None) -> int:
        """Return the length of what is sent: the escapes count, to be safe."""
        return len(escaped(text))

    def check(self, post: Post, limits: Limits | None = None) -> list[Problem]:
        """Return everything the platform would refuse about `post`, without network."""
        return common_problems(post, limits or self.limits, self.length(post.text), self.title)

    @classmethod
    def warnings(cls, chosen: Mapping[str, str], now: datetime) -> list[Problem]:
        """Return that the chosen version has ended, or will within sixty days."""
        version = cls.all_chosen(chosen)["version"]
        ends = ends_on(version)
        about: dict[str, str | int] = {"platform": cls.title, "version": version}
        if ends is None or now >= ends:
            return [Problem("doctor.version_has_ended", about)]
        if now >= ends - _WARN:
            return [Problem("doctor.version_ends", {**about, "day": f"{ends:%d.%m.%Y}"})]
        return []

    def connect(self, base: str, typed: Mapping[str, Secret]) -> Connected:
        """Find the page that the token's owner may publish on.

        Raises: Refused with the pages to choose from; LoginLost where she may not publish there.
        """
        base = base_address(base.strip() or self.chosen["url"], allow_private=self.wire.allow_private)
        secrets = {"access_token": Secret(typed["access_token"].reveal().strip())}
        wanted = typed["page"].reveal().strip() if "page" in typed else ""
        roles = self._roles(Login(base, "", secrets))
        chosen = [one for one in roles if wanted in ("", one)]
        if len(chosen) != 1:
            code = "connector.choose_page" if roles else "connector.no_page"
            raise Refused(code, pages=", ".join(sorted(roles)[:20]), platform=self.title)
        if not roles[chosen[0]] & _MAY_POST:
            raise LoginLost("connector.not_permitted", diagnostic="no role to post", platform=self.title)
        login = Login(base, f"urn:li:organization:{chosen[0]}", secrets)
        return Connected(self.whoami(login), secrets)

    def _administered(self, login: Login) -> list[str]:
        """Return the pages that the login's owner may publish on."""
        roles = self._roles(login)
        return [f"urn:li:organization:{one}" for one in roles if roles[one] & _MAY_POST]

    def _roles(self, login: Login) -> dict[str, set[str]]:
        answer = self._good(
            self._ask(login, "GET", "organizationAcls?q=roleAssignee&state=APPROVED&count=100")
        )
        roles: dict[str, set[str]] = {}
        for one in body_of(answer.object(), answer):
            urn = line(one.get("organization")) or line(one.get("organizationTarget"))
            if _ORGANISATION.match(urn):
                roles.setdefault(urn.rpartition(":")[2], set()).add(line(one.get("role"), 80))
        return roles

    def whoami(self, login: Login) -> Profile:
        """Return the page that the login is for."""
        number = login.remote_id.rpartition(":")[2]
        answer = self._good(self._ask(login, "GET", f"organizations/{number}"))
        node = answer.object()
        if node.get("id") not in (number, int(number) if number.isdigit() else number):
            raise answer.unclear("connector.bad_answer", diagnostic="another page")
        name, vanity = line(node.get("localizedName")), line(node.get("vanityName"), 100)
        path = vanity if re.fullmatch(r"[A-Za-z0-9-]{1,100}", vanity) else number
        return Profile(
            remote_id=login.remote_id,
            handle=vanity or name or number,
            title=name or vanity or number,
            address=f"{self._pages(login.base)}/company/{path}",
            followers=None,
            base=login.base,
        )

    def prepare(
        self, login: Login, post: Post, key: str, picture: FetchPicture, at: datetime
    ) -> dict[str, object]:
        """Upload the pictures, which nobody sees, and wait until they can be used."""
        del key
        cards = [post.card.picture] if post.card and post.card.picture and not post.pictures else []
        images = [self._upload(login, one, picture) for one in (*post.pictures, *cards)]
        for one in images:
            self._wait_for(login, one)
        return {"images": images, "at": at.isoformat()}

    def publish(self, login: Login, post: Post, key: str, handle: Json) -> Receipt:
        """Put the post on the page, or a comment under the post that it follows."""
        del key
        if post.reply_to is not None:
            return self._comment(login, post, post.reply_to)
        body: dict[str, object] = {
            "author": login.remote_id,
            "commentary": escaped(post.text),
            "visibility": "PUBLIC",
            "distribution": {
                "feedDistribution": "MAIN_FEED",
                "targetEntities": [],
                "thirdPartyDistributionChannels": [],
            },
            "lifecycleState": "PUBLISHED",
            "isReshareDisabledByAuthor": False,
        }
        content = content_of(post, images_of(handle))
        if content:
            body["content"] = content
        answer = self._ask(login, "POST", "posts", json=body, irreversible=True)
        if answer.status == 422 and (DUPLICATE in codes(answer) or _NAMED.search(message(answer))):
            return self._already_there(login, post, handle, answer)
        made = made_id(self._good(answer))
        if not is_post(made):
            raise answer.unclear("connector.bad_answer", diagnostic="no id for a post")
        return self._receipt(login, made)

    def find(self, login: Login, post: Post, key: str, handle: Json | None, planned_at: datetime) -> Found:
        """Look for the post among the page's own since it was planned: by its words, and by its pictures where known."""
        del key
        if post.reply_to is not None:
            return self._find_comment(login, post, post.reply_to)
        since = planned_at - _SKEW
        for turn in range(_PAGES):
            query = f"q=author&author={encoded(login.remote_id)}&count={_PAGE}&start={turn * _PAGE}&sortBy=CREATED"
            answer = self._good(self._ask(login, "GET", f"posts?{query}", method_name="FINDER"))
            nodes = body_of(answer.object(), answer)
            for node in nodes:
                if is_ours(node, login.remote_id, post, handle, since):
                    return Found(self._receipt(login, line(node.get("id"))))
            last = moment_of(nodes[-1].get("createdAt")) if nodes else None
            if len(nodes) < _PAGE or (last is not None and last < since):
                return Found(None)
        raise NotSent("connector.look_up_incomplete", diagnostic="too many posts", platform=self.title)

    def measure(self, login: Login, remote_ids: Sequence[str]) -> dict[str, Counts]:
        """Return the counts of up to twenty posts in one call; of those that are not told, each is asked whether it is there.

        A post without any activity is left out of the statistics, so that being left out says nothing.
        """
        posts = [one for one in dict.fromkeys(remote_ids) if is_post(one)]
        told: dict[str, Counts] = {}
        if posts:
            kinds = {"shares": ":share:", "ugcPosts": ":ugcPost:"}
            chosen = {name: [one for one in posts if mark in one] for name, mark in kinds.items()}
            lists = "".join(f"&{name}={listed(urns)}" for name, urns in chosen.items() if urns)
            query = f"q=organizationalEntity&organizationalEntity={encoded(login.remote_id)}{lists}"
            answer = self._good(self._ask(login, "GET", f"organizationalEntityShareStatistics?{query}"))
            for one in body_of(answer.object(), answer):
                urn = line(one.get("share")) or line(one.get("ugcPost"))
                told[urn] = counts_of(mapping(one.get("totalShareStatistics")))
        return {one: told.get(one) or self._left_out(login, one) for one in remote_ids}

    def replies(self, login: Login, remote_id: str, since: datetime) -> list[Reply]:
        """Return what others wrote below the post after `since`, without saying who."""
        answer = self._ask(login, "GET", f"socialActions/{encoded(remote_id)}/comments?start=0&count=100")
        if answer.status == 404:
            return []
        found = []
        for one in body_of(self._good(answer).object(), answer):
            at = moment_of(mapping(one.get("created")).get("time"))
            if at is not None and at > since and line(one.get("actor")) != login.remote_id:
                said = mapping(one.get("message")).get("text")
                found.append(Reply(line(one.get("id")), said[:8000] if isinstance(said, str) else "", at, ""))
        return found

    def remove(self, login: Login, remote_id: str) -> None:
        """Delete the post; one that is gone already counts as done."""
        answer = self._ask(login, "DELETE", path_of(remote_id, login.remote_id), method_name="DELETE")
        if answer.status != 404:
            self._good(answer)

    def edit(self, login: Login, remote_id: str, post: Post, picture: FetchPicture) -> Receipt:
        """Replace the words; pictures cannot be changed."""
        del picture
        patch = {"patch": {"$set": {"commentary": escaped(post.text)}}}
        path = f"posts/{encoded(remote_id)}"
        self._good(self._ask(login, "POST", path, json=patch, method_name="PARTIAL_UPDATE"))
        return self._receipt(login, remote_id)

    def _comment(self, login: Login, post: Post, parent: str) -> Receipt:
        """Write a comment under a post of ours; comments are plain text."""
        body = {"actor": login.remote_id, "object": parent, "message": {"text": post.text}}
        path = f"socialActions/{encoded(parent)}/comments"
        answer = self._ask(login, "POST", path, json=body, irreversible=True)
        made = comment_urn(self._good(answer), parent)
        if not made:
            raise answer.unclear("connector.bad_answer", diagnostic="no id for a comment")
        return replace(self._receipt(login, parent), remote_id=made)

    def _find_comment(self, login: Login, post: Post, parent: str) -> Found:
        """Look for a comment of ours with these words; there is nothing but the words to know it by."""
        answer = self._good(
            self._ask(login, "GET", f"socialActions/{encoded(parent)}/comments?start=0&count=100")
        )
        for one in body_of(answer.object(), answer):
            said, urn = mapping(one.get("message")).get("text"), line(one.get("$URN"))
            ours = (
                line(one.get("actor")) == login.remote_id and isinstance(said, str) and alike(said, post.text)
            )
            if ours and is_comment(urn):
                return Found(replace(self._receipt(login, parent), remote_id=urn))
        return Found(None)

    def _already_there(self, login: Login, post: Post, handle: Json, refused: Answer) -> Receipt:
        """Tell what "a duplicate" means: an earlier attempt of ours went through, or it is an older post's words again."""
        since = datetime.fromisoformat(str(handle["at"])) - _SKEW
        named = _NAMED.search(message(refused))
        try:
            if named is None:
                found = self.find(login, post, "", handle, since + _SKEW).receipt
                if found is not None:
                    return found
            else:
                answer = self._ask(login, "GET", f"posts/{encoded(named[0])}")
                if answer.status != 404 and is_ours(
                    self._good(answer).object(), login.remote_id, post, None, since
                ):
                    return self._receipt(login, named[0])
        except ConnectorError:
            raise OutcomeUnknown(diagnostic="said to be there, not read", host=refused.host) from None
        raise Refused("connector.duplicate", diagnostic=f"{refused.host}: duplicate", platform=self.title)

    def _left_out(self, login: Login, remote_id: str) -> Counts:
        if is_comment(remote_id):
            return seen({})
        if not is_post(remote_id):
            return gone(self.metrics)
        answer = self._ask(login, "GET", f"posts/{encoded(remote_id)}")
        if answer.status == 404:
            return gone(self.metrics)
        self._good(answer)
        return seen(dict.fromkeys(self.metrics))

    def _receipt(self, login: Login, made: str) -> Receipt:
        """Return the receipt; its address is built here, no answer decides it."""
        return Receipt(made, f"{self._pages(login.base)}/feed/update/{made}/")
