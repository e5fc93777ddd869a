"""The campaign as a frozen value, part for part as the document has it.

What stands below a field is shown to people by editors, through the document's JSON Schema.

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
    StringConstraints(pattern=r"^\w*[^\W\d_]\w*$", max_length=60),
    BeforeValidator(lambda value: value.removeprefix("#") if isinstance(value, str) else value),
]
"""A hashtag without its sign; at least one letter, which platforms ask for."""

Texts = Annotated[Mapping[Language, Written], Field(min_length=1)]
"""The same words in several written languages, at least one."""


class Part(BaseModel):
    """A part of a document: frozen, and closed to keys it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class Contact(Part):
    """The person who answers questions about the campaign."""

    name: Line
    """The person's name."""
    mail: Mail
    """The address for questions."""


class Measure(Part):
    """The number by which the goal is judged, such as 2 inputs per 100 inhabitants."""

    what: FactName
    """What is counted: `inputs`, `clicks`."""
    per: Line | None = None
    """What the number is seen against: `100 inhabitants`."""
    target: Annotated[float, Field(gt=0, le=1_000_000_000)]
    """The number to reach."""


class Goal(Part):
    """What the campaign wants to reach, in words and perhaps in a number."""

    texts: Texts
    """The goal in each language."""
    measure: Measure | None = None
    """The number by which the goal is judged."""


class Invite(Part):
    """A set of organisations: everybody in a county, a list, or a named group; exactly one of these."""

    county: CountyNumber | None = None
    """The number of a county, in quotes: all its municipalities."""
    municipalities: Annotated[tuple[MunicipalityNumber, ...], Field(min_length=1)] | None = None
    """Numbers of municipalities, in quotes."""
    group: Key | None = None
    """The key of a group that its owner has named."""

    @model_validator(mode="after")
    def _is_one_of_three(self) -> Invite:
        if sum(chosen is not None for chosen in (self.county, self.municipalities, self.group)) != 1:
            raise PydanticCustomError("definition.invite", "exactly one of county, municipalities and group")
        return self


class Answer(Part):
    """When an answer is due and what none means (D1)."""

    by: Date
    """The last day for an answer."""
    silence: Literal["out", "in"] = "out"
    """What no answer means: `out`, or `in`, which is planned and counted, and sends nothing by itself."""


class Fact(Part):
    """Something that differs between municipalities, or is stated once for all of them (D19)."""

    kind: FactKind
    """What kind of value it is; every value is checked for it."""
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
    """A link must lead to one of the municipality's own hosts."""
    value: Line | None = None
    """The same for all, in this message."""
    default: Line | None = None
    """`profile.phone` and the like, or the words themselves."""
    known: Day | None = None
    """The day a late fact is asked for."""
    ask: Texts = Field(default_factory=dict)
    """The question put to a municipality."""

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
    """What a municipality may do with it."""
    texts: Texts
    """Its words in each language."""


Paragraphs = Annotated[tuple[Paragraph, ...], Field(min_length=1, max_length=30)]


class Consent(Part):
    """The consent of the people in a picture: its reference, its last day, where and in which channels it holds."""

    consent: Line
    """The reference of the consent."""
    until: Date
    """The last day on which it holds."""
    covers: Invite | None = None
    """For whom it holds; everybody without it."""
    channels: tuple[PlatformName, ...] = ()
    """Empty is every channel."""


Unit = Annotated[float, Field(ge=-1, le=1)]


class PictureSpec(Part):
    """A picture as the document names it; the bytes lie beside the document."""

    file: PictureFile
    """Path below the document's folder: JPEG, PNG or WebP."""
    alt: Texts
    """What the picture shows, for those who do not see it, in each language."""
    credit: Line
    """Who made it."""
    licence: Line
    """Under which licence it may be used."""
    people: Consent | None = None
    """The consent of the people in it."""
    focus: tuple[Unit, Unit] = (0.0, 0.0)
    """Focal point, x and y from -1 to 1."""


class Poll(Part):
    """A question's options; where a platform has no poll they become a list in the text, or are dropped."""

    days: Annotated[int, Field(ge=1, le=30)]
    """How long it stays open."""
    options: Annotated[tuple[Texts, ...], Field(min_length=2, max_length=4)]
    """The options in each language."""
    otherwise: Literal["text", "drop"] = "text"
    """Where a platform has no poll: the options as a list in the text, or nothing."""


class Quiet(Part):
    """Leave to send in quiet hours and on holidays."""

    override: Line
    """The reason."""


class Experiment(Part):
    """Another wording, tried against the message's own in half of the municipalities (D5)."""

    b: Paragraphs
    """The other wording, written like `text`."""
    outcome: Outcome
    """The count that decides."""
    stop: Day
    """The day on which counting ends."""


class Message(Part):
    """One message of the campaign, with all that goes out because of it."""

    key: Key
    """The message's key, unique in the campaign: small letters, digits, hyphens."""
    title: Texts
    """For people who plan, in each language."""
    mandatory: bool = False
    """The campaign stays open until this has gone."""
    send: Send
    """When it goes, by exactly one of the time rules."""
    to: Annotated[tuple[PlatformName, ...], Field(min_length=1)]
    """The platforms it goes to, by their key."""
    watch: Clock | None = None
    """Somebody answers comments until this wall time."""
    text: Paragraphs
    """The wording: paragraphs in their order, or just the words in each language."""
    short: Paragraphs | None = None
    """A shorter wording for where the full one does not fit."""
    by_platform: Mapping[PlatformName, Paragraphs] = Field(default_factory=dict)
    """A wording of its own for a platform."""
    facts: Mapping[FactName, FactOverride] = Field(default_factory=dict)
    """What this message says differently of the campaign's facts."""
    link: Line | None = None
    """Address of the link card: `{lenke}` or one that is the same for all."""
    pictures: Annotated[tuple[PictureSpec, ...], Field(max_length=10)] = ()
    """Its pictures, in order; a single one may stand under `picture`."""
    poll: Poll | None = None
    """A poll of two to four options."""
    quiet: Quiet | None = None
    """Leave to go in quiet hours (21-07, Sundays, holidays)."""
    follow_up: Annotated[tuple[Paragraphs, ...], Field(max_length=10)] = ()
    """The parts of the thread that follows, in order."""
    first_comment: Paragraphs | None = None
    """The first comment below it, written like `text`."""
    experiment: Experiment | None = None
    """Another wording, tried in half of the municipalities."""


class Definition(Part):
    """A whole campaign, as the definition document has it."""

    samklang: Annotated[Literal[1], BeforeValidator(lambda value: 1 if value == "1" else value)]
    """The version of the format."""
    campaign: Key
    """The campaign's key, unique for its owner: small letters, digits, hyphens."""
    title: Texts
    """In each language, on one screen line."""
    owner: Key
    """County number, municipality number or the key of an agency."""
    contact: Contact
    """Who answers questions about the campaign."""
    purpose: Purpose
    """What the campaign is for."""
    goal: Goal
    """What it wants to reach, in each language, and perhaps in a number."""
    invite: Invite
    """Who is invited."""
    answer: Answer
    """By when to answer, and what no answer means."""
    approve_by: Moment | None = None
    """Wall time where the municipality is."""
    anchor: Date | None = None
    """The day called T; may be missing only where no day is relative."""
    ends: Day
    """The last day; no message goes later."""
    late_after: Span = timedelta(minutes=60)
    """Later than this is missed, not sent."""
    languages: Annotated[tuple[Language, ...], Field(min_length=1)]
    """The written languages; every text has all of them."""
    local_element: Literal["required", "wanted"] = "wanted"
    """Whether the document must leave room for something local."""
    hashtags: tuple[Hashtag, ...] = ()
    """Put at the end of each post where they fit; without their sign."""
    facts: Mapping[FactName, Fact] = Field(default_factory=dict)
    """What differs between municipalities, by the name that stands between braces in the texts."""
    messages: Annotated[tuple[Message, ...], Field(min_length=1)]
    """What goes out, at most sixty."""

    def fact(self, name: str, message: Message) -> Fact | None:
        """Return the fact as it holds for one message, or `None` when the document has no such fact."""
        fact, override = self.facts.get(name), message.facts.get(name)
        return fact.overridden(override) if fact and override else fact
