"""Who may do what: one table of role, action and relation. Everything absent is refused.

Pages and commands hide what `may` refuses; every writer calls `must`. The table's first content is section 4 of the
threat model; `docs/access.md` is made from it, and a test holds the two equal.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from sqlalchemy.orm import Session

from campaigns.store import Actor, Role

Relation = Literal["own", "owner", "invited", "parent"]
"""own organisation's thing · campaign its organisation owns · campaign it is invited to · thing in its county."""

TABLE: Mapping[str, Mapping[Role, frozenset[Relation]]] = {
    "home.read": {role: frozenset({"own"}) for role in Role},
    "campaign.draft": {Role.coordinator: frozenset({"own"})},
    "campaign.load": {Role.coordinator: frozenset({"owner"})},
    "campaign.rehearse": {Role.coordinator: frozenset({"owner"})},
    "campaign.invite": {Role.coordinator: frozenset({"owner"})},
    "campaign.close": {Role.coordinator: frozenset({"owner"})},
    "campaign.show": {Role.coordinator: frozenset({"owner"})},
    "group.set": {Role.coordinator: frozenset({"own"})},
    "campaign.read": {
        Role.coordinator: frozenset({"owner"}),
        Role.editor: frozenset({"invited", "owner"}),
        Role.approver: frozenset({"invited", "owner"}),
        Role.reader: frozenset({"invited", "owner"}),
        Role.admin: frozenset({"invited", "owner"}),
    },
    "participation.answer": {Role.editor: frozenset({"invited"}), Role.approver: frozenset({"invited"})},
    "participation.fill": {Role.editor: frozenset({"invited"}), Role.approver: frozenset({"invited"})},
    "participation.adapt": {Role.editor: frozenset({"invited"}), Role.approver: frozenset({"invited"})},
    "check.pass_over": {Role.approver: frozenset({"invited"})},
    "draft.read": {Role.editor: frozenset({"own"}), Role.approver: frozenset({"own"})},
    "message.approve": {Role.approver: frozenset({"invited"})},
    "message.release": {Role.approver: frozenset({"invited"})},
    "delivery.withdraw": {Role.editor: frozenset({"own"}), Role.approver: frozenset({"own"})},
    "delivery.move": {Role.approver: frozenset({"own"})},
    "standing.give": {Role.approver: frozenset({"own"})},
    "standing.veto": {Role.editor: frozenset({"own"}), Role.approver: frozenset({"own"})},
    "delivery.answer": {Role.editor: frozenset({"own"}), Role.approver: frozenset({"own"})},
    "delivery.read": {
        Role.coordinator: frozenset({"owner"}),
        Role.editor: frozenset({"own"}),
        Role.approver: frozenset({"own"}),
        Role.reader: frozenset({"own"}),
        Role.admin: frozenset({"own"}),
    },
    "profile.change": {Role.editor: frozenset({"own"}), Role.admin: frozenset({"own"})},
    "trust.change": {Role.admin: frozenset({"own"})},
    "choices.change": {Role.admin: frozenset({"own"})},
    "account.assess": {Role.admin: frozenset({"own"})},
    "account.connect": {Role.admin: frozenset({"own"})},
    "account.disconnect": {Role.admin: frozenset({"own"})},
    "account.pause": {Role.admin: frozenset({"own"})},
    "account.read": {
        Role.editor: frozenset({"own"}),
        Role.approver: frozenset({"own"}),
        Role.admin: frozenset({"own"}),
    },
    "hold.set": {
        Role.editor: frozenset({"own"}),
        Role.approver: frozenset({"own"}),
        Role.admin: frozenset({"own", "parent"}),
        Role.coordinator: frozenset({"parent"}),
    },
    "hold.lift": {
        Role.approver: frozenset({"own"}),
        Role.admin: frozenset({"own"}),
        Role.coordinator: frozenset({"own"}),
    },
    "drill.run": {
        Role.editor: frozenset({"own"}),
        Role.approver: frozenset({"own"}),
        Role.admin: frozenset({"own", "parent"}),
        Role.coordinator: frozenset({"parent"}),
    },
    "report.read": {
        Role.coordinator: frozenset({"owner"}),
        Role.editor: frozenset({"own", "invited"}),
        Role.approver: frozenset({"own", "invited"}),
        Role.reader: frozenset({"own", "invited"}),
        Role.admin: frozenset({"own", "invited"}),
    },
    "member.read": {role: frozenset({"own"}) for role in Role},
    "member.add": {Role.admin: frozenset({"own"})},
    "member.change": {Role.admin: frozenset({"own"})},
    "member.remove": {Role.admin: frozenset({"own"})},
    "token.make": {Role.admin: frozenset({"own"})},
    "audit.read": {
        Role.approver: frozenset({"own"}),
        Role.admin: frozenset({"own"}),
        Role.coordinator: frozenset({"own"}),
    },
}

SECOND_FACTOR: frozenset[str] = frozenset(
    {
        "hold.lift",
        "account.connect",
        "account.disconnect",
        "account.pause",
        "choices.change",
        "member.add",
        "member.change",
        "member.remove",
        "standing.give",
        "token.make",
        "trust.change",
    }
)
"""Acts that ask for a fresh second factor where people log in (threat B21); the command line has none and says so."""


class Forbidden(PermissionError):
    """The actor may not do this; the sentence names the action, never whether the thing exists elsewhere."""

    def __init__(self, action: str) -> None:
        super().__init__(action)
        self.action = action


def may(actor: Actor, action: str, relation: Relation) -> bool:
    """Return whether the table allows this actor the action on a thing in this relation."""
    row = TABLE.get(action, {})
    return any(relation in row.get(role, frozenset()) for role in actor.roles)


def must(session: Session, action: str, relation: Relation, *, owner_id: int | None = None) -> Actor:
    """Return the actor of this session if the action is allowed.

    `owner_id` is the organisation that the thing belongs to; a role in another one counts for nothing.

    Raises: Forbidden, also for a session that belongs to nobody.
    """
    actor = session.info.get("actor")
    if not isinstance(actor, Actor) or not may(actor, action, relation):
        raise Forbidden(action)
    if owner_id is not None and owner_id != actor.organisation_id:
        raise Forbidden(action)
    return actor


def as_markdown() -> str:
    """Return the table for `docs/access.md`."""
    roles = list(Role)
    lines = ["| action | " + " | ".join(roles) + " |", "|---|" + "---|" * len(roles)]
    for action, row in TABLE.items():
        star = " ²" if action in SECOND_FACTOR else ""
        cells = [", ".join(sorted(row.get(role, ()))) or "–" for role in roles]
        lines.append(f"| {action}{star} | " + " | ".join(cells) + " |")
    return "\n".join(lines)
