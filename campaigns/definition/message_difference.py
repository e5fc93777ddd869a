"""What became of one message: its time, its platforms, its paragraphs and their words, its pictures, its poll."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from campaigns.definition.changes import Change, Versions, shown
from campaigns.definition.fact_difference import override_changes
from campaigns.definition.model import Message, Paragraph, PictureSpec, Poll, Texts
from campaigns.definition.moments import Send
from campaigns.definition.rewording import align, likeness_of

_Wordings = Mapping[str, Sequence[Paragraph] | None]


def message_changes(versions: Versions, old: Message, new: Message) -> Iterator[Change]:
    """Yield every change from one version of a message to the next, in the order of the document."""
    return _MessageDifference(versions, old, new).changes()


class _MessageDifference:
    """The comparison of two versions of a message; one use."""

    def __init__(self, versions: Versions, old: Message, new: Message) -> None:
        self.versions = versions
        self.old = old
        self.new = new

    def changes(self) -> Iterator[Change]:
        """Yield every change."""
        old, new = self.old, self.new
        yield from self._reworded("difference.message_words", "title", old.title, new.title)
        yield from self._part("mandatory", old.mandatory, new.mandatory)
        yield from self._moved()
        yield from self._platforms()
        yield from self._part("watch", old.watch, new.watch)
        yield from self._part("quiet", *(one.quiet and one.quiet.override for one in (old, new)))
        yield from self._wordings(_first_wordings(old), _first_wordings(new))
        yield from self._part("link", old.link, new.link)
        yield from override_changes(self.versions, old, new)
        yield from self._pictures()
        yield from self._poll(old.poll, new.poll)
        yield from self._wordings(_later_wordings(old), _later_wordings(new))
        yield from self._experiment()

    def _change(self, code: str, part: str, *, position: int | None = None, **values: str | int) -> Change:
        return Change(code, {"message": self.new.key, "part": part, **values}, self.new.key, part, position)

    def _part(self, part: str, before: object, after: object) -> Iterator[Change]:
        if before != after:
            yield self._change("difference.message_part", part, before=shown(before), after=shown(after))

    def _reworded(
        self, code: str, part: str, old: Texts, new: Texts, position: int | None = None, **values: str | int
    ) -> Iterator[Change]:
        for language, words in self.versions.reworded(old, new):
            told = {"message": self.new.key, "part": part, "language": language, **values}
            yield Change(code, told, self.new.key, part, position, language, words)

    # -- when and where

    def _moved(self) -> Iterator[Change]:
        days = self.versions.days(self.old.send.day, self.new.send.day)
        before, after = (
            _time_shown(one.send, shown(day)) for one, day in zip((self.old, self.new), days, strict=True)
        )
        if before != after:
            yield self._change("difference.message_moved", "send", before=before, after=after)

    def _platforms(self) -> Iterator[Change]:
        for code, there, elsewhere in (
            ("difference.platform_added", self.new.to, self.old.to),
            ("difference.platform_removed", self.old.to, self.new.to),
        ):
            for platform in there:
                if platform not in elsewhere:
                    yield self._change(code, "to", platform=platform)

    # -- texts

    def _wordings(self, old: _Wordings, new: _Wordings) -> Iterator[Change]:
        """Yield the changes of texts by their part; one that came or went as a whole is one change."""
        for part in dict.fromkeys((*new, *old)):
            before, after = old.get(part), new.get(part)
            if before and after:
                yield from self._paragraphs(part, before, after)
            elif after:
                yield self._change("difference.wording_added", part)
            elif before:
                yield self._change("difference.wording_removed", part)

    def _paragraphs(self, part: str, old: Sequence[Paragraph], new: Sequence[Paragraph]) -> Iterator[Change]:
        pairs = align([_Compared(one) for one in old], [_Compared(one) for one in new], _likeness)
        gone = [i for i, j in pairs if i is not None and j is None]
        moved: dict[int, int] = {}
        for came in [j for i, j in pairs if i is None and j is not None]:
            twins = [place for place in gone if old[place] == new[came] and place not in moved.values()]
            moved |= {came: twins[0]} if twins else {}
        for i, j in pairs:
            if i is not None and j is not None:
                yield from self._paragraph(part, j, old[i], new[j])
            elif j is not None:
                yield self._came(part, j, new[j].kind, moved.get(j))
            elif i is not None and i not in moved.values():
                code = "difference.paragraph_removed"
                yield self._change(code, part, position=i, number=i + 1, kind=old[i].kind)

    def _came(self, part: str, position: int, kind: str, moved_from: int | None) -> Change:
        number = position + 1
        if moved_from is None:
            return self._change(
                "difference.paragraph_added", part, position=position, number=number, kind=kind
            )
        code = "difference.paragraph_moved"
        return self._change(code, part, position=position, number=number, before=moved_from + 1)

    def _paragraph(self, part: str, position: int, old: Paragraph, new: Paragraph) -> Iterator[Change]:
        number = position + 1
        if old.kind != new.kind:
            yield self._change(
                "difference.paragraph_kind", part,
                position=position, number=number, before=old.kind, after=new.kind,
            )  # fmt: skip
        code = "difference.paragraph_words"
        yield from self._reworded(code, part, old.texts, new.texts, position, number=number)

    # -- what hangs on it

    def _pictures(self) -> Iterator[Change]:
        """Yield the changes of pictures; one that came in the place of one that went is another picture."""
        old, new = _numbered(self.old.pictures), _numbered(self.new.pictures)
        gone, came = ([key for key in one if key not in other] for one, other in ((old, new), (new, old)))
        if [key for key in old if key in new] != [key for key in new if key in old]:
            yield self._change("difference.picture_order", "pictures")
        replaced = dict(zip(came, gone, strict=False))
        for position, (key, picture) in enumerate(new.items()):
            former = old.get(replaced.get(key, key))
            if former is None:
                yield self._change(
                    "difference.picture_added", "pictures", position=position, file=picture.file
                )
                continue
            if former.file != picture.file:
                files = {"before": former.file, "after": picture.file}
                yield self._change("difference.picture_other", "pictures", position=position, **files)
            yield from self._picture(position, former, picture)
        for key in gone[len(replaced) :]:
            file = old[key].file
            yield self._change(
                "difference.picture_removed", "pictures", position=[*old].index(key), file=file
            )

    def _picture(self, position: int, old: PictureSpec, new: PictureSpec) -> Iterator[Change]:
        yield from self._reworded(
            "difference.alt_words", "pictures.alt", old.alt, new.alt, position, file=new.file
        )
        before, after = _picture_parts(old), _picture_parts(new)
        for part in before:
            if before[part] != after[part]:
                values = {"file": new.file, "key": part, "before": before[part], "after": after[part]}
                yield self._change("difference.picture_part", f"pictures.{part}", position=position, **values)

    def _poll(self, old: Poll | None, new: Poll | None) -> Iterator[Change]:
        if old is None or new is None:
            if new:
                yield self._change("difference.poll_added", "poll")
            elif old:
                yield self._change("difference.poll_removed", "poll")
            return
        yield from self._part("poll.days", old.days, new.days)
        options = "poll.options"
        for place, (before, after) in enumerate(zip(old.options, new.options, strict=False)):
            code = "difference.option_words"
            yield from self._reworded(code, options, before, after, place, number=place + 1)
        for place in range(len(old.options), len(new.options)):
            yield self._change("difference.option_added", options, position=place, number=place + 1)
        for place in range(len(new.options), len(old.options)):
            yield self._change("difference.option_removed", options, position=place, number=place + 1)
        yield from self._part("poll.otherwise", old.otherwise, new.otherwise)

    def _experiment(self) -> Iterator[Change]:
        """Yield the changes of an experiment that there is in both versions, beyond its wording."""
        old, new = self.old.experiment, self.new.experiment
        if old and new:
            yield from self._part("experiment.outcome", old.outcome, new.outcome)
            yield from self._part("experiment.stop", *self.versions.days(old.stop, new.stop))


class _Compared:
    """A paragraph with the set of its words, made once."""

    def __init__(self, paragraph: Paragraph) -> None:
        self.paragraph = paragraph
        self.words = frozenset(word for text in paragraph.texts.values() for word in text.split())


def _likeness(old: _Compared, new: _Compared) -> float:
    """Return how alike two paragraphs are, from 0 to 1: their words, and a little their kind."""
    return 0.9 * likeness_of(old.words, new.words) + 0.1 * (old.paragraph.kind == new.paragraph.kind)


def _first_wordings(message: Message) -> _Wordings:
    own = {f"by_platform.{name}": paragraphs for name, paragraphs in message.by_platform.items()}
    return {"text": message.text, "short": message.short, **own}


def _later_wordings(message: Message) -> _Wordings:
    thread = {f"follow_up.{number}": part for number, part in enumerate(message.follow_up, 1)}
    other = message.experiment.b if message.experiment else None
    return {**thread, "first_comment": message.first_comment, "experiment.b": other}


def _time_shown(send: Send, day: str) -> str:
    """Return when a message goes in the document's own words: `2027-01-12 18:00-20:00`, `released`."""
    if send.released:
        return "released"
    times = "-".join(shown(clock) for clock in (send.start, send.end) if clock is not None)
    return f"{day} {times}{' together' if send.together else ''}"


def _numbered(pictures: Sequence[PictureSpec]) -> dict[tuple[str, int], PictureSpec]:
    """Return pictures by their file and how often it stood before them."""
    seen: Counter[str] = Counter()
    numbered = {}
    for picture in pictures:
        numbered[picture.file, seen[picture.file]] = picture
        seen[picture.file] += 1
    return numbered


def _picture_parts(picture: PictureSpec) -> Mapping[str, str]:
    """Return what a document says of a picture beside its file and its alternative text."""
    people = picture.people
    return {
        "credit": picture.credit,
        "licence": picture.licence,
        "people.consent": shown(people and people.consent),
        "people.until": shown(people and people.until),
        "people.covers": shown(people and people.covers),
        "people.channels": shown(people and tuple(sorted(set(people.channels)))),
        "focus": shown(picture.focus),
    }
