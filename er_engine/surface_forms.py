"""Surface forms: all the ways to say an entity, and the ways a hypothesis may sound.

Catalog and query go through the same normalisation and the same G2P, so that what is equal to the
ear is equal here.
"""

from __future__ import annotations

import string
from collections.abc import Iterable, Sequence
from dataclasses import replace

from er_engine.errors import CatalogError, ConfigError
from er_engine.phonemes.g2p import G2P
from er_engine.phonemes.inventory import parse_pronunciation
from er_engine.text import spoken_forms
from er_engine.text.series import second_name
from er_engine.types import WORD_BOUNDARY, Entity, Pronunciation, SurfaceForm

# More variants than these cost index space and find nothing new (numbers multiply quickly).
MAX_SPOKEN_FORMS = 4
MAX_PRONUNCIATIONS = 3
MAX_FIELDS_LISTED = 20
# Of what is heard: half a minute of speech.
MAX_CHARACTERS = 300
MAX_SYMBOLS = 300


def check_template(template: str) -> None:
    """Raise ConfigError unless `template` is like `{name} {address}`."""
    try:
        pieces = [piece for piece in string.Formatter().parse(template) if piece[1] is not None]
    except ValueError as error:
        raise ConfigError(f"surface form template {template!r}: {error}") from error
    if not pieces:
        raise ConfigError(
            f"surface form template {template!r} has no {{field}}; write for example "
            "'{name} {city}'"
        )
    for _, field, format_spec, conversion in pieces:
        if not (field or "").isidentifier() or format_spec or conversion:
            raise ConfigError(
                f"surface form template {template!r}: the field {field!r} must stand alone in its "
                "braces, as in '{name} {city}'"
            )


def check_fields(templates: Sequence[str], entities: Sequence[Entity]) -> None:
    """Raise ConfigError where a template has a field that no entity has: it would do nothing."""
    for template in templates:
        for field in _fields(template):
            if any(_values(entity).get(field) for entity in entities):
                continue
            known = sorted(
                {name for entity in entities for name, said in _values(entity).items() if said}
            )
            raise ConfigError(
                f"surface form template {template!r}: no entity has the field {field!r}; "
                f"the catalog has: {', '.join(known[:MAX_FIELDS_LISTED])}"
                + (", ..." if len(known) > MAX_FIELDS_LISTED else "")
            )


def entity_texts(entity: Entity, templates: Sequence[str] = ()) -> list[str]:
    """Name, aliases, and each template whose fields the entity has; distinct, name first."""
    values = _values(entity) if templates else {}
    filled = [
        template.format_map(values)
        for template in templates
        if all(values.get(field) for field in _fields(template))
    ]
    more = [text for text in (*entity.aliases, *filled) if text.strip()]
    return list(dict.fromkeys([entity.name, *more]))


def _fields(template: str) -> list[str]:
    return [field for _, field, _, _ in string.Formatter().parse(template) if field]


def _values(entity: Entity) -> dict[str, str]:
    """What the fields of a template stand for; an attribute can't hide the name or the type."""
    values = {**_flat(entity.attributes.items()), "name": entity.name}
    return {**values, "type": entity.type} if entity.type else values


def _flat(attributes: Iterable[tuple[str, object]]) -> dict[str, str]:
    flat = {}
    for key, value in attributes:
        if isinstance(value, list | tuple):
            flat[key] = " ".join(str(item) for item in value)
        elif value is not None:
            flat[key] = str(value)
    return flat


def surface_forms(
    entities: Sequence[Entity], g2p: G2P, templates: Sequence[str] = (), lang: str = "en"
) -> list[list[SurfaceForm]]:
    """Return the distinct surface forms of each entity, its name's first.

    A text without any pronunciation (only symbols) still gets a form, with an empty one: it can be
    found by its spelling. In English a text is also said by its second name, where it has one
    ("temple of doom").

    Raises:
        CatalogError: an entity's own pronunciation has symbols that can't be read.
    """
    said = [_said(entity, templates, lang) for entity in entities]
    by_text = iter(text_forms([part for group in said for _, part in group], g2p, lang))
    forms = []
    for entity, group in zip(entities, said, strict=True):
        found = [replace(form, text=text) for text, _ in group for form in next(by_text)]
        own = _own_forms(entity, found[0].spoken)
        forms.append(list(dict.fromkeys([*found[:1], *own, *found[1:]])))
    return forms


def _said(entity: Entity, templates: Sequence[str], lang: str) -> list[tuple[str, str]]:
    """Each text with what is said of it: all of it; last the second names of name and aliases."""
    whole = [(text, text) for text in entity_texts(entity, templates)]
    if not lang.lower().startswith("en"):
        return whole
    return whole + [(text, name) for text in entity_texts(entity) if (name := second_name(text))]


def beginning(form: SurfaceForm) -> SurfaceForm:
    """The form, cut after MAX_CHARACTERS and MAX_SYMBOLS; what is heard may be of any length.

    Comparing takes time that grows with the square of a length, and a hypothesis of a thousand
    characters of digits is said in ten thousand.
    """
    if len(form.spoken) <= MAX_CHARACTERS and len(form.pronunciation) <= MAX_SYMBOLS:
        return form
    pronunciation = form.pronunciation[:MAX_SYMBOLS]
    if pronunciation and pronunciation[-1] == WORD_BOUNDARY:
        pronunciation = pronunciation[:-1]
    return SurfaceForm(
        form.text[:MAX_CHARACTERS], form.spoken[:MAX_CHARACTERS].rstrip(), pronunciation
    )


def text_forms(texts: Sequence[str], g2p: G2P, lang: str = "en") -> list[list[SurfaceForm]]:
    """Return for each text (at least) one form: each spoken variant in each pronunciation."""
    variants = [spoken_forms(text, lang)[:MAX_SPOKEN_FORMS] or ("",) for text in texts]
    spoken = list(dict.fromkeys(variant for group in variants for variant in group))
    pronunciations = dict(zip(spoken, g2p.pronounce(spoken), strict=True))
    return [
        [
            SurfaceForm(text, variant, pronunciation)
            for variant in group
            for pronunciation in pronunciations[variant][:MAX_PRONUNCIATIONS] or ((),)
        ]
        for text, group in zip(texts, variants, strict=True)
    ]


def _own_forms(entity: Entity, spoken: str) -> list[SurfaceForm]:
    return [
        SurfaceForm(entity.name, spoken, _parse(entity.id, written))
        for written in entity.pronunciations
    ]


def _parse(entity_id: str, written: str) -> Pronunciation:
    try:
        return parse_pronunciation(written)
    except ValueError as error:
        raise CatalogError(
            f"entity {entity_id!r}, field 'pronunciations', value {written!r}: {error}"
        ) from error
