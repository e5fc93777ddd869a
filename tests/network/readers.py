"""What a reader's browser makes of a page on a website."""

from __future__ import annotations

from html.parser import HTMLParser


class Page(HTMLParser):
    """What a browser makes of a page: the words and pictures of what is written in a language, and the heading."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.words, self.heading, self.language = "", "", ""
        self.pictures: list[tuple[str, str]] = []
        self.scripts: list[str] = []
        self._inside = self._title = self._script = False
        self._depth = 0
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        self._script = self._script or tag == "script"
        if tag == "h1":
            self._title = True
        if tag == "div" and (self._depth or ("lang" in named and not self.language)):
            self.language, self._depth = self.language or str(named.get("lang")), self._depth + 1
        if self._depth:
            self.words += {"p": "\n\n", "br": "\n"}.get(tag, "")
            if tag == "img":
                self.pictures.append((str(named["src"]), str(named["alt"])))

    def handle_endtag(self, tag: str) -> None:
        self._script = self._script and tag != "script"
        self._title = self._title and tag != "h1"
        if tag == "div" and self._depth:
            self._depth -= 1

    def handle_data(self, data: str) -> None:
        if self._script:
            self.scripts.append(data)
        elif self._depth:
            self.words += "" if data.isspace() and "\n" in data else data.lstrip("\n")
        if self._title:
            self.heading += data
