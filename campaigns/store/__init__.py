"""Tables, sessions and scopes: the only place with plain access to the database."""

from campaigns.store.accounts import Account, AccountState, Pause, SealedLogin
from campaigns.store.base import Base, Owned
from campaigns.store.campaigns import (
    Campaign,
    Fact,
    Media,
    Message,
    MessagePicture,
    Paragraph,
    ParagraphKind,
    Wording,
)
from campaigns.store.deliveries import Approval, ApprovalKind, Attempt, Delivery, History, Snapshot
from campaigns.store.organisations import (
    Instance,
    Membership,
    Organisation,
    OrganisationGroup,
    OrganisationKind,
    Person,
    Role,
)
from campaigns.store.participation import Adaptation, Answer, Choice, FactValue, MessageChoice, Participation
from campaigns.store.records import AuditEntry, Hold, HoldLevel, Sample
from campaigns.store.session import Actor, Store

__all__ = [
    "Account",
    "AccountState",
    "Actor",
    "Adaptation",
    "Answer",
    "Approval",
    "ApprovalKind",
    "Attempt",
    "AuditEntry",
    "Base",
    "Campaign",
    "Choice",
    "Delivery",
    "Fact",
    "FactValue",
    "History",
    "Hold",
    "HoldLevel",
    "Instance",
    "Media",
    "Membership",
    "Message",
    "MessageChoice",
    "MessagePicture",
    "Organisation",
    "OrganisationGroup",
    "OrganisationKind",
    "Owned",
    "Paragraph",
    "ParagraphKind",
    "Participation",
    "Pause",
    "Person",
    "Role",
    "Sample",
    "SealedLogin",
    "Snapshot",
    "Store",
    "Wording",
]
