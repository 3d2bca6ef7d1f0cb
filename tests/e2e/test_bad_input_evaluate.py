"""A wrong query file stops `evaluate` before it measures anything."""

from __future__ import annotations

import pytest

BAD_QUERIES = {
    "empty file": (b"", ["empty"]),
    "malformed": (b'{"id": "q1", "nbest": [\n', ["line 1", "not JSON"]),
    "no hypotheses": (b'{"id": "q1", "nbest": [], "entity_ids": []}\n', ["line 1", "nbest"]),
    "no text": (b'{"id": "q1", "nbest": [{}], "entity_ids": []}\n', ["line 1", "text"]),
    "no entity_ids": (b'{"id": "q1", "nbest": [{"text": "a"}]}\n', ["line 1", "entity_ids"]),
    "duplicate id": (
        b'{"id": "q1", "nbest": [{"text": "a b"}], "entity_ids": ["e1"]}\n' * 2,
        ["line 2", "'q1'", "same id"],
    ),
    "not UTF-8": (b'{"id": "q\xff"}\n', ["line 1", "not UTF-8"]),
}


@pytest.mark.parametrize("name", BAD_QUERIES)
def test_a_wrong_query_file_is_refused(name, command, index, tmp_path):
    """The message names the file and the line."""
    content, words = BAD_QUERIES[name]
    queries = tmp_path / "queries.jsonl"
    queries.write_bytes(content)
    outcome = command("evaluate", index, queries, "--model", "dummy")
    outcome.fails_saying("queries.jsonl", *words)


def test_a_missing_query_file_is_refused(command, index, tmp_path):
    """The message names the file."""
    outcome = command("evaluate", index, tmp_path / "nowhere.jsonl", "--model", "dummy")
    outcome.fails_saying("nowhere.jsonl", "no such file")


def test_an_answer_that_is_not_in_the_index_is_refused(command, index, tmp_path):
    """The queries of another catalog would measure nothing; the message names the first one."""
    queries = tmp_path / "queries.jsonl"
    queries.write_text('{"id": "q1", "nbest": [{"text": "a b"}], "entity_ids": ["e999"]}\n')
    command("evaluate", index, queries, "--model", "dummy").fails_saying("'q1'", "'e999'")
