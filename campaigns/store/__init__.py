"""Tables, sessions and scopes: the only place with plain access to the database."""

from campaigns.store.accounts import (
    Account,
    AccountState,
    Pause,
    PendingLogin,
    PlatformApp,
    SealedLogin,
)
from campaigns.store.answer_links import AnswerLink
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
from campaigns.store.credentials import Credential, EntryLink, FailedTries, RecoveryCode
from campaigns.store.deliveries import (
    Announcement,
    Approval,
    ApprovalKind,
    Attempt,
    Delivery,
    History,
    ShownPicture,
    Snapshot,
    StandingApproval,
)
from campaigns.store.drafts import CampaignDraft
from campaigns.store.identities import Identity, MappedRole, Ticket
from campaigns.store.notices import Letter, Notice, NoticeChannel, NoticeChoice, NoticeCopy
from campaigns.store.organisations import (
    Instance,
    LocalDay,
    Membership,
    Organisation,
    OrganisationGroup,
    OrganisationKind,
    Person,
    Role,
)
from campaigns.store.participation import (
    Adaptation,
    Answer,
    CheckOverride,
    Choice,
    FactValue,
    MessageChoice,
    MessageFactValue,
    Participation,
)
from campaigns.store.people import LoginSession, StopDevice
from campaigns.store.records import AuditEntry, Hold, HoldLevel, Sample, StopDrill
from campaigns.store.rehearsals import Cast, Ending, Rehearsal
from campaigns.store.session import Actor, Store
from campaigns.store.tokens import ApiToken

__all__ = [
    "Account",
    "AccountState",
    "Actor",
    "Adaptation",
    "Announcement",
    "Answer",
    "AnswerLink",
    "ApiToken",
    "Approval",
    "ApprovalKind",
    "Attempt",
    "AuditEntry",
    "Base",
    "Campaign",
    "CampaignDraft",
    "Cast",
    "CheckOverride",
    "Choice",
    "Credential",
    "Delivery",
    "Ending",
    "EntryLink",
    "Fact",
    "FactValue",
    "FailedTries",
    "History",
    "Hold",
    "HoldLevel",
    "Identity",
    "Instance",
    "Letter",
    "LocalDay",
    "LoginSession",
    "MappedRole",
    "Media",
    "Membership",
    "Message",
    "MessageChoice",
    "MessageFactValue",
    "MessagePicture",
    "Notice",
    "NoticeChannel",
    "NoticeChoice",
    "NoticeCopy",
    "Organisation",
    "OrganisationGroup",
    "OrganisationKind",
    "Owned",
    "Paragraph",
    "ParagraphKind",
    "Participation",
    "Pause",
    "PendingLogin",
    "Person",
    "PlatformApp",
    "RecoveryCode",
    "Rehearsal",
    "Role",
    "Sample",
    "SealedLogin",
    "ShownPicture",
    "Snapshot",
    "StandingApproval",
    "StopDevice",
    "StopDrill",
    "Store",
    "Ticket",
    "Wording",
]
