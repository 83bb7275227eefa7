"""Words that people read, in every language the service speaks."""

from __future__ import annotations

from dataclasses import dataclass

LANGUAGES = ("vi", "en")


@dataclass(frozen=True, slots=True)
class Label:
    """A text in each language of the service; Vietnamese is the one that always stands."""

    vi: str
    en: str

    def get(self, language: str) -> str:
        """The text in `language`, or in Vietnamese where that language is not spoken here."""
        return self.en if language == "en" else self.vi

    def __call__(self, language: str = "vi") -> str:
        """The same as `get`, short enough for a template."""
        return self.get(language)
