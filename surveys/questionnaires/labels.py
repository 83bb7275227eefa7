"""Words that people read, in every language the service speaks."""

from __future__ import annotations

from dataclasses import dataclass

LANGUAGES = ("vi", "en")


@dataclass(frozen=True, slots=True)
class Label:
    """A text in each language of the service; Vietnamese is the one that always stands."""

    vi: str
    en: str
    #: Texts in further languages by code; an instrument has none, see `app.language.words_of`.
    further: tuple[tuple[str, str], ...] = ()

    def get(self, language: str) -> str:
        """The text in `language`, or in Vietnamese where that language is not spoken here."""
        if language in LANGUAGES:
            return self.en if language == "en" else self.vi
        return dict(self.further).get(language, self.vi)

    def __call__(self, language: str = "vi") -> str:
        """The same as `get`, short enough for a template."""
        return self.get(language)
