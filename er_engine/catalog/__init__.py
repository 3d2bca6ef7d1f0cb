"""Catalog files: JSONL, CSV or Parquet in, entities out, and back to JSONL."""

from er_engine.catalog.reader import Catalog, read_catalog, write_rejects
from er_engine.catalog.writer import entity_record, write_catalog

__all__ = ["Catalog", "entity_record", "read_catalog", "write_catalog", "write_rejects"]
