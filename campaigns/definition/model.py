"""The campaign as a frozen value, part for part as the document has it.

Every part is validated alone; what must fit together across parts (languages, placeholders, the order of days) is
checked by `coherence`. Nothing here is computed for a municipality: wording and times are made elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from campaigns.definition.moments import Clock, Date, Day, Moment, Send, Span, Window

__all__ = [
    "LONGEST_TEXT",
    "MOST_MESSAGES",
    "MOST_ORGANISATIONS",
    "Answer",
    "Consent",
    "Contact",
    "Day",
    "Definition",
    "Experiment",
    "Fact",
    "FactKind",
    "FactOverride",
    "Goal",
    "Invite",
    "Language",
    "Measure",
    "Message",
    "Paragraph",
    "ParagraphKind",
    "PictureSpec",
    "Poll",
    "Purpose",
    "Quiet",
    "Send",
    "Texts",
    "Window",
]

# Limits of threat G11, shown to people in the sentences about them.
MOST_MESSAGES = 60
MOST_ORGANISATIONS = 400
LONGEST_TEXT = 10_000
"""Characters in one text."""

Language = Literal["nn", "nb", "en", "se", "sma", "smj"]
Purpose = Literal["inform", "involve", "feedback", "reputation", "preparedness"]
FactKind = Literal["url", "date", "time", "number", "phone", "place", "text"]
ParagraphKind = Literal["free", "fill", "locked"]
Outcome = Literal["reach", "views", "reactions", "comments", "shares", "saves", "clicks", "inputs"]
"""What an experiment is decided by: a count that platforms give, or inputs received."""

Line = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=r"^[^\n\r]*$")
]
"""Words on one line."""
Written = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_TEXT)]
Key = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=80)]
FactName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=40)]
PlatformName = Annotated[str, StringConstraints(pattern=r"^[a-z]+$", max_length=24)]
CountyNumber = Annotated[str, StringConstraints(pattern=r"^\d{2}$")]
MunicipalityNumber = Annotated[str, StringConstraints(pattern=r"^\d{4}$")]
Mail = Annotated[str, StringConstraints(pattern=r"^[^@\s]+@[^@\s]+\.[^@\s.]+$", max_length=254)]
PictureFile = Annotated[
    str, StringConstraints(pattern=r"^[\w-]+(?:/[\w-]+){0,4}\.(?:jpg|jpeg|png|webp)$", max_length=200)
]
"""A path below the document's own folder: no leading slash, no `..`, no drive, no backslash."""
Hashtag = Annotated[
    str,
    BeforeValidator(lambda value: value.removeprefix("#") if isinstance(value, str) else value),
    StringConstraints(pattern=r"^\w*[^\W\d_]\w*$", max_length=60),
]
"""A hashtag without its sign; at least one letter, which platforms ask for."""

Texts = Annotated[Mapping[Language, Written], Field(min_length=1)]
"""The same words in several written languages, at least one."""


class Part(BaseModel):
    """A part of a document: frozen, and closed to keys it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Contact(Part):
    """The person who answers questions about the campaign."""

    name: Line
    mail: Mail


class Measure(Part):
    """The number by which the goal is judged, such as 2 inputs per 100 inhabitants."""

    what: FactName
    per: Line | None = None
    target: Annotated[float, Field(gt=0, le=1_000_000_000)]


class Goal(Part):
    """What the campaign wants to reach, in words and perhaps in a number."""

    texts: Texts
    measure: Measure | None = None


class Invite(Part):
    """A set of organisations: everybody in a county, a list, or a named group; exactly one of these."""

    county: CountyNumber | None = None
    municipalities: Annotated[tuple[MunicipalityNumber, ...], Field(min_length=1)] | None = None
    group: Key | None = None

    @model_validator(mode="after")
    def _is_one_of_three(self) -> Invite:
        if sum(chosen is not None for chosen in (self.county, self.municipalities, self.group)) != 1:
            raise PydanticCustomError("definition.invite", "exactly one of county, municipalities and group")
        return self


class Answer(Part):
    """When an answer is due and what none means (D1)."""

    by: Date
    silence: Literal["out", "in"] = "out"


class Fact(Part):
    """Something that differs between municipalities, or is stated once for all of them (D19)."""

    kind: FactKind
    own_site: bool = False
    """A link must lead to one of the municipality's own hosts."""
    value: Line | None = None
    """The same for all, as written: `T+42` for a date; `None` where each municipality gives its own."""
    default: Line | None = None
    """`profile.phone` and the like, or the words themselves."""
    known: Day | None = None
    """The day a late fact is asked for."""
    ask: Texts = Field(default_factory=dict)
    """The question put to a municipality."""

    def overridden(self, override: FactOverride) -> Fact:
        """Return this fact with what a message says differently."""
        return self.model_copy(update={name: getattr(override, name) for name in override.model_fields_set})


class FactOverride(Part):
    """What one message says differently of a campaign's fact."""

    own_site: bool = False
    value: Line | None = None
    default: Line | None = None
    known: Day | None = None
    ask: Texts = Field(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _without_nothing(cls, given: object) -> object:
        """Take a key that stands without a value for one that is not there: it says nothing of its own."""
        if not isinstance(given, Mapping):
            return given
        silent = {"value", "default", "known"} & {key for key, value in given.items() if value is None}
        return {key: value for key, value in given.items() if key not in silent}


class Paragraph(Part):
    """A paragraph: free may be replaced or dropped, of a fill-in only the facts are local, locked stays (D19)."""

    kind: ParagraphKind
    texts: Texts


Paragraphs = Annotated[tuple[Paragraph, ...], Field(min_length=1, max_length=30)]


class Consent(Part):
    """The consent of the people in a picture: its reference, its last day, where and in which channels it holds."""

    consent: Line
    until: Date
    covers: Invite | None = None
    channels: tuple[PlatformName, ...] = ()
    """Empty is every channel."""


Unit = Annotated[float, Field(ge=-1, le=1)]


class PictureSpec(Part):
    """A picture as the document names it; the bytes lie beside the document."""

    file: PictureFile
    alt: Texts
    credit: Line
    licence: Line
    people: Consent | None = None
    focus: tuple[Unit, Unit] = (0.0, 0.0)
    """Focal point, x and y from -1 to 1."""


class Poll(Part):
    """A question's options; where a platform has no poll they become a list in the text, or are dropped."""

    days: Annotated[int, Field(ge=1, le=30)]
    options: Annotated[tuple[Texts, ...], Field(min_length=2, max_length=4)]
    otherwise: Literal["text", "drop"] = "text"


class Quiet(Part):
    """Leave to send in quiet hours and on holidays."""

    override: Line
    """The reason."""


class Experiment(Part):
    """Another wording, tried against the message's own in half of the municipalities (D5)."""

    b: Paragraphs
    outcome: Outcome
    stop: Day
    """The day on which counting ends."""


class Message(Part):
    """One message of the campaign, with all that goes out because of it."""

    key: Key
    title: Texts
    mandatory: bool = False
    """The campaign stays open until this has gone."""
    send: Send
    to: Annotated[tuple[PlatformName, ...], Field(min_length=1)]
    watch: Clock | None = None
    """Somebody answers comments until this wall time."""
    text: Paragraphs
    short: Paragraphs | None = None
    by_platform: Mapping[PlatformName, Paragraphs] = Field(default_factory=dict)
    facts: Mapping[FactName, FactOverride] = Field(default_factory=dict)
    link: Line | None = None
    """Address of the link card: `{lenke}` or one that is the same for all."""
    pictures: Annotated[tuple[PictureSpec, ...], Field(max_length=10)] = ()
    poll: Poll | None = None
    quiet: Quiet | None = None
    follow_up: Annotated[tuple[Paragraphs, ...], Field(max_length=10)] = ()
    """The parts of the thread that follows, in order."""
    first_comment: Paragraphs | None = None
    experiment: Experiment | None = None


class Definition(Part):
    """A whole campaign, as the definition document has it."""

    samklang: Annotated[Literal[1], BeforeValidator(lambda value: 1 if value == "1" else value)]
    """The version of the format."""
    campaign: Key
    title: Texts
    owner: Key
    """County number, municipality number or the key of an agency."""
    contact: Contact
    purpose: Purpose
    goal: Goal
    invite: Invite
    answer: Answer
    approve_by: Moment | None = None
    """Wall time where the municipality is."""
    anchor: Date | None = None
    """The day called T; may be missing only where no day is relative."""
    ends: Day
    late_after: Span = timedelta(minutes=60)
    """Later than this is missed, not sent."""
    languages: Annotated[tuple[Language, ...], Field(min_length=1)]
    local_element: Literal["required", "wanted"] = "wanted"
    hashtags: tuple[Hashtag, ...] = ()
    """Without their sign."""
    facts: Mapping[FactName, Fact] = Field(default_factory=dict)
    messages: Annotated[tuple[Message, ...], Field(min_length=1)]

    def fact(self, name: str, message: Message) -> Fact | None:
        """Return the fact as it holds for one message, or `None` when the document has no such fact."""
        fact, override = self.facts.get(name), message.facts.get(name)
        return fact.overridden(override) if fact and override else fact
