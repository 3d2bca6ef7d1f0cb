"""A summary of n-best queries as tables for people."""

from __future__ import annotations

from rich import box
from rich.console import Console
from rich.table import Table

from er_engine.terminal import cell
from training.simulation.summary import Summary


def print_summary(first_line: str, summary: Summary) -> None:
    """Print a line, the rates of all and of each group, and examples."""
    rates = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    rates.add_column("")
    for title in ("utterances", "first exact", "some exact", "word errors"):
        rates.add_column(title, justify="right")
    for name, group in {"all": summary, **summary.groups}.items():
        shares = (group.exact_rate, group.oracle_rate, group.word_error_rate)
        rates.add_row(cell(name), str(group.queries), *(f"{share:.1%}" for share in shares))
    examples = Table("said", "heard", box=box.SIMPLE_HEAD, pad_edge=False)
    for said, heard in summary.examples:
        examples.add_row(cell(said), cell(heard))
    console = Console(highlight=False)
    console.print(cell(first_line))
    console.print(rates, examples)
