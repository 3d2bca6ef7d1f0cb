"""What a reading rule sees, and what it returns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from er_engine.text.tokens import Token, fold

# How many tokens a rule reads, and their readings, the most common first ("" says nothing).
Reading = tuple[int, tuple[str, ...]]

_BREAKS = frozenset({"", ",", ":", ";", "(", ")", "-", "[", "]", "/"})


@dataclass(frozen=True, slots=True)
class Context:
    """The tokens of a text, and whether it is several words without a small letter."""

    tokens: Sequence[Token]
    shouted: bool = False

    def token(self, position: int) -> Token:
        """The token there, an empty symbol outside the text."""
        return self.tokens[position] if 0 <= position < len(self.tokens) else _NOTHING

    def kind(self, position: int) -> str:
        """Kind of the token there."""
        return self.token(position).kind

    def text(self, position: int) -> str:
        """Written text of the token there, "" outside the text."""
        return self.token(position).text

    def word(self, position: int) -> str:
        """The case-folded word there, "" where there is no word."""
        token = self.token(position)
        return fold(token.text) if token.kind == "word" else ""

    def ends(self, position: int) -> bool:
        """Whether the text, or a part of it, ends before this position."""
        return self.text(position) in _BREAKS


Rule = Callable[[Context, int], Reading | None]
_NOTHING = Token("symbol", "")
