"""Shows what an index holds: its manifest and a few of its entities."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

import numpy as np

from er_engine.catalog import entity_record
from er_engine.types import Entity, SurfaceForm
from index.reader import OpenedIndex


def examples(opened: OpenedIndex, count: int) -> list[tuple[Entity, list[SurfaceForm]]]:
    """Return `count` entities, evenly spread over the catalog, with their surface forms."""
    total = len(opened.entities)
    rows = np.unique(np.linspace(0, total - 1, min(count, total)).astype(np.int64))
    starts = np.searchsorted(opened.form_entities, rows, side="left")
    ends = np.searchsorted(opened.form_entities, rows, side="right")
    entities = opened.entities.get(rows.tolist())
    return [
        (entity, opened.forms(np.arange(start, end)))
        for entity, start, end in zip(entities, starts, ends, strict=True)
    ]


def print_json(opened: OpenedIndex, count: int) -> None:
    """Print manifest and entities as JSON."""
    shown = [
        {
            **entity_record(entity),
            "surface_forms": [
                {"text": form.text, "spoken": form.spoken, "phonemes": " ".join(form.pronunciation)}
                for form in forms
            ],
        }
        for entity, forms in examples(opened, count)
    ]
    record = {"manifest": asdict(opened.manifest), "types": opened.types.counts()}
    print(json.dumps({**record, "entities": shown}, indent=2, ensure_ascii=False))


def print_tables(opened: OpenedIndex, count: int) -> None:
    """Print manifest and entities as tables for people."""
    from rich import box
    from rich.console import Console
    from rich.table import Table

    from er_engine.terminal import cell

    console = Console(highlight=False)
    facts = Table(box=box.SIMPLE, show_header=False, pad_edge=False)
    for name, value in _facts(opened):
        facts.add_row(cell(name, style="bold"), cell(value))
    console.print(facts)
    table = Table("id", "type", "text", "spoken", "phonemes", box=box.SIMPLE, pad_edge=False)
    for entity, forms in examples(opened, count):
        for number, form in enumerate(forms):
            first = (entity.id, entity.type or "") if number == 0 else ("", "")
            shown = (*first, form.text, form.spoken, " ".join(form.pronunciation))
            table.add_row(*map(cell, shown))
    console.print(table)


def _facts(opened: OpenedIndex) -> list[tuple[str, str]]:
    manifest = opened.manifest
    types = [f"{name} ({number:,})" for name, number in opened.types.counts().items()]
    options: list[tuple[str, Any]] = list(manifest.options.items())
    return [
        ("entities", f"{manifest.entities:,}"),
        ("types", ", ".join(types[:10]) + (", ..." if len(types) > 10 else "") or "none"),
        (
            "surface forms",
            f"{manifest.surface_forms:,} ({manifest.distinct_forms:,} distinct)",
        ),
        ("templates", ", ".join(manifest.templates) or "none"),
        ("vectors", f"{manifest.dimension} wide, {manifest.index_kind} ({manifest.faiss_factory})"),
        ("language", manifest.lang),
        ("G2P", manifest.g2p),
        ("phoneme inventory", manifest.inventory),
        ("encoder", manifest.encoder_fingerprint),
        ("options", ", ".join(f"{name}={value}" for name, value in options)),
        ("size", f"{sum(entry.bytes for entry in manifest.files.values()):,} bytes"),
    ]
