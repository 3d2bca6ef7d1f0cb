"""Which intents there are: a TOML file, or one intent for everything that is said."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from api.wyoming.sentences import NAME, Sentence, parse_sentence
from er_engine.errors import ConfigError
from er_engine.wire import describe_problem

MAX_INTENTS = 200
MAX_SENTENCES = 100
FIELDS = frozenset({"name", "id", "type", "heard"})
_FIELD = re.compile(r"(?<!\{)\{(\w+)\}(?!\})")
_Text = Annotated[str, Field(min_length=1, max_length=500)]
SlotValue = str | bool | int | float


def _name_alone() -> dict[str, SlotValue]:
    return {"name": NAME}


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class IntentSettings(_Strict):
    """One `[[intents]]` of the file."""

    name: _Text
    sentences: list[_Text] = Field(min_length=1, max_length=MAX_SENTENCES)
    type: _Text | None = None
    precision: float | None = Field(default=None, ge=0, le=1)
    slots: dict[_Text, SlotValue] = Field(default_factory=_name_alone)
    say: _Text | None = None


class AnswerSettings(_Strict):
    """What is said where nothing is done."""

    no_match: str = "Sorry, I don't know {heard}"
    ambiguous: str = "Did you mean {names}?"
    no_sentence: str = "Sorry, I didn't understand that"
    either: str = " or "


class IntentFile(_Strict):
    """The whole file."""

    intents: list[IntentSettings] = Field(min_length=1, max_length=MAX_INTENTS)
    answers: AnswerSettings = Field(default_factory=AnswerSettings)


@dataclass(frozen=True, slots=True)
class IntentRule:
    """One intent: how it is said, what may be meant, and what its slots hold.

    Attributes:
        name: as Home Assistant knows it.
        sentences: ways to say it.
        type: only entities of this type are meant.
        precision: probability that a match needs; None takes the model's threshold.
        slots: texts in which `{name}`, `{id}`, `{type}` and `{heard}` are replaced, or constants.
        say: what is answered when Home Assistant has no answer of its own.
    """

    name: str
    sentences: tuple[Sentence, ...]
    type: str | None
    precision: float | None
    slots: Mapping[str, SlotValue]
    say: str | None


@dataclass(frozen=True, slots=True)
class Intents:
    """All intents, in the order of the file."""

    rules: tuple[IntentRule, ...]
    answers: AnswerSettings

    def types(self) -> set[str]:
        """The types of entities that the rules name."""
        return {rule.type for rule in self.rules if rule.type is not None}


def default_intents() -> Intents:
    """One intent for whatever is said, for trying out."""
    slots: dict[str, SlotValue] = {"name": "{name}", "id": "{id}", "type": "{type}"}
    return intents_of(
        IntentFile(intents=[IntentSettings(name="ErEngineMatch", sentences=[NAME], slots=slots)])
    )


def read_intents(path: Path) -> Intents:
    """Read the file.

    Raises:
        ConfigError: it can't be read, or something in it is wrong (the message says where).
    """
    try:
        found = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from error
    except ValueError as error:  # not TOML, not UTF-8
        raise ConfigError(f"{path}: not TOML: {error}") from error
    try:
        return intents_of(IntentFile.model_validate(found))
    except ValidationError as error:
        raise ConfigError(f"{path}: {_first(error)}") from error
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from error


def intents_of(file: IntentFile) -> Intents:
    """Check what the schema can't, and parse the sentences.

    Raises:
        ConfigError: a sentence, or a slot with an unknown field.
    """
    _check_fields("answers.no_match", [file.answers.no_match], frozenset({"heard"}))
    _check_fields("answers.ambiguous", [file.answers.ambiguous], frozenset({"heard", "names"}))
    return Intents(tuple(_rule(settings) for settings in file.intents), file.answers)


def filled(template: str, values: Mapping[str, str]) -> str:
    """Replace `{name}` and the like; what is put in is not read again.

    Doubled braces are left alone: they are Home Assistant's templates.
    """
    return _FIELD.sub(lambda field: values.get(field[1], field[0]), template)


def _rule(settings: IntentSettings) -> IntentRule:
    _check_fields(f"intent {settings.name!r}", [*settings.slots.values(), settings.say])
    return IntentRule(
        settings.name,
        tuple(parse_sentence(text) for text in settings.sentences),
        settings.type,
        settings.precision,
        settings.slots,
        settings.say,
    )


def _check_fields(intent: str, texts: Iterable[object], fields: frozenset[str] = FIELDS) -> None:
    for text in texts:
        for name in _FIELD.findall(text) if isinstance(text, str) else ():
            if name not in fields:
                known = ", ".join(f"{{{field}}}" for field in sorted(fields))
                raise ConfigError(
                    f"{intent}: {text!r} has {{{name}}}, for which nothing stands; there are "
                    f"{known}"
                )


def _first(error: ValidationError) -> str:
    first = error.errors()[0]
    return describe_problem(first["loc"], first["msg"])
