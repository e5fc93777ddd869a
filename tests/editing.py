"""What a person at the campaign editor has before her: a draft, the form of a page, a picture to upload."""

from __future__ import annotations

import html
import io
import re

from PIL import Image
from visitor import Visitor, words_of
from world import World

from campaigns.drafting.tree import Tree
from campaigns.store import CampaignDraft

AT = "/for/46/drafts"


def tree_of(world: World, draft: int = 1) -> Tree:
    with world.store.system(write=False) as session:
        return Tree.of(session.get_one(CampaignDraft, draft).tree)


def fields_of(page: object) -> dict[str, list[str]]:
    """Return what the page's form would send as it stands."""
    text = page.text.split('id="utkast"')[1].split("</form>")[0]  # type: ignore[attr-defined]
    found: dict[str, list[str]] = {}
    for tag in re.findall(r"<input[^>]+>", text):
        parts = dict(re.findall(r'([a-z-]+)="([^"]*)"', tag))
        if parts.get("type") == "file" or "name" not in parts or parts["name"] == "csrf":
            continue
        if parts.get("type") == "checkbox" and " checked" not in tag:
            continue
        found.setdefault(parts["name"], []).append(html.unescape(parts.get("value", "")))
    for name, value in re.findall(r'<textarea[^>]+name="([^"]+)"[^>]*>(.*?)</textarea>', text, re.DOTALL):
        found.setdefault(name, []).append(html.unescape(value))
    for name, inner in re.findall(r'<select[^>]+name="([^"]+)"[^>]*>(.*?)</select>', text, re.DOTALL):
        chosen = re.search(r'value="([^"]*)" selected', inner)
        found.setdefault(name, []).append(html.unescape(chosen[1] if chosen else ""))
    return found


def begun(world: World, visitor: Visitor, *messages: str) -> Tree:
    """Have a campaign that is stored, and a draft of it."""
    world.load(world.definition(*(messages or [world.message()])))
    visitor.get("/for/46/campaigns/prove/edit")
    visitor.follow(visitor.post("/for/46/campaigns/prove/edit"))
    return tree_of(world)


class Two:
    """Two people who have the page of one message open, in which each writes something of her own."""

    def __init__(self, world: World, one: Visitor, other: Visitor) -> None:
        tree = begun(world, one)
        self.message = tree.messages[0].id
        (paragraph,) = tree.below(self.message, "paragraph")
        self.paragraph = paragraph.id
        self.where = f"{AT}/1/messages/{self.message}"
        self.name = f"f.{self.paragraph}.text.nn"
        self.mine, self.theirs = fields_of(one.get(self.where)), fields_of(other.get(self.where))

    def write(self, theirs: str, mine: str) -> None:
        """Have something typed on both pages."""
        self.theirs[self.name], self.mine[self.name] = [theirs], [mine]


def marks_in(page: object) -> dict[str, list[str]]:
    """Return the digests that a page sends along."""
    found = re.findall(r'name="(was\.\d+)" value="([^"]*)"', page.text)  # type: ignore[attr-defined]
    return {name: [value] for name, value in found}


def picture(colour: str = "green") -> bytes:
    upload = io.BytesIO()
    Image.new("RGB", (60, 40), colour).save(upload, "PNG")
    return upload.getvalue()


def seen(page: object) -> str:
    found = re.search(r'name="seen" value="([0-9a-f]+)"', page.text)  # type: ignore[attr-defined]
    assert found, words_of(page)  # type: ignore[arg-type]
    return found[1]
