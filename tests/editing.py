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


def picture(colour: str = "green") -> bytes:
    upload = io.BytesIO()
    Image.new("RGB", (60, 40), colour).save(upload, "PNG")
    return upload.getvalue()


def seen(page: object) -> str:
    found = re.search(r'name="seen" value="([0-9a-f]+)"', page.text)  # type: ignore[attr-defined]
    assert found, words_of(page)  # type: ignore[arg-type]
    return found[1]
