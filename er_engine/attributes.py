"""Which entities have the attributes that a query asks for."""

from __future__ import annotations

AttributeValue = str | int | float | bool


def attribute_texts(value: object) -> frozenset[str]:
    """The values of an attribute as text; a list has several, null and objects have none.

    A CSV file can't tell 2018 from "2018", so both are the same here, and so are 2.0 and 2.
    """
    if isinstance(value, list | tuple):
        return frozenset(text for item in value for text in attribute_texts(item))
    if isinstance(value, bool):
        return frozenset(("true" if value else "false",))
    if isinstance(value, float) and value.is_integer():
        return frozenset((str(int(value)),))
    return frozenset((str(value),)) if isinstance(value, str | int | float) else frozenset()
