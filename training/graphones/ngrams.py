"""An n-gram model over graphones: interpolated, modified Kneser-Ney, pruned.

All n-grams are the nodes of a tree: the root (0) is the empty one, each child one token longer.
Nodes are numbered by length, then by parent and token, so that the number of a node is its place in
the sorted list of `parent * n_tokens + token`.

Sources: Chen and Goodman, "An empirical study of smoothing techniques for language modeling", 1998,
equation 26 (discounts) ff.; Stolcke, "Entropy-based pruning of backoff language models", 1998.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]
START, END = 0, 1


@dataclass(frozen=True)
class Tree:
    """All n-grams up to an order; arrays have one item for each node.

    Attributes:
        n_tokens: tokens are 0..n_tokens-1; 0 starts a word and 1 ends it.
        levels: where the nodes of each length (0, 1, ...) start; the last item is their number.
        parent: the node without the last token; of the root itself.
        token: the last token.
        shorter: the node without the first token.
        count: how often it was seen.
    """

    n_tokens: int
    levels: tuple[int, ...]
    parent: IntArray
    token: IntArray
    shorter: IntArray
    count: IntArray


@dataclass(frozen=True)
class Model:
    """A back-off model on a tree: log probabilities (nats) and log weights of backing off."""

    tree: Tree
    log_probability: FloatArray
    log_back_off: FloatArray


def grow(words: Sequence[Sequence[int]], n_tokens: int, order: int) -> Tree:
    """Count all n-grams of words; tokens are 2..n_tokens-1, ends are added here."""
    lengths = np.array([len(word) + 2 for word in words])
    tokens = np.concatenate([[START, *word, END] for word in words])
    within = np.arange(len(tokens)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    parents, last, counts = (
        [np.zeros(1, np.int64)],
        [np.zeros(1, np.int64)],
        [np.zeros(1, np.int64)],
    )
    levels = [0, 1]
    node = np.zeros(len(tokens), dtype=np.int64)
    for length in range(1, order + 1):
        fits = np.flatnonzero(within >= length - 1)
        before = node[fits - 1] if length > 1 else np.zeros(len(fits), dtype=np.int64)
        keys, inverse, count = np.unique(
            before * n_tokens + tokens[fits], return_inverse=True, return_counts=True
        )
        node = np.zeros(len(tokens), dtype=np.int64)
        node[fits] = inverse + levels[-1]
        parents.append(keys // n_tokens)
        last.append(keys % n_tokens)
        counts.append(count)
        levels.append(levels[-1] + len(keys))
    parent, token = np.concatenate(parents), np.concatenate(last)
    shorter = shorter_nodes(parent, token, levels, n_tokens)
    return Tree(n_tokens, tuple(levels), parent, token, shorter, np.concatenate(counts))


def shorter_nodes(
    parent: IntArray, token: IntArray, levels: Sequence[int], n_tokens: int
) -> IntArray:
    """Return the node of each n-gram without its first token."""
    keys = parent * n_tokens + token
    keys[0] = -1
    shorter = np.zeros(len(parent), dtype=np.int64)
    for start, end in pairwise(levels[2:]):
        wanted = shorter[parent[start:end]] * n_tokens + token[start:end]
        shorter[start:end] = np.searchsorted(keys, wanted)
    return shorter


def estimate(tree: Tree) -> Model:
    """Return the model with modified Kneser-Ney smoothing, interpolated down to equal shares."""
    adjusted = _adjusted(tree)
    size = len(tree.parent)
    probability = np.zeros(size)
    probability[0] = 1.0 / (tree.n_tokens - 1)
    back_off = np.ones(size)
    for start, end in pairwise(tree.levels[1:]):
        counts, parent = adjusted[start:end], tree.parent[start:end]
        taken = _discounts(counts)[np.minimum(counts, 3)]
        total = np.bincount(parent, counts, minlength=size)
        with np.errstate(invalid="ignore", divide="ignore"):
            weight = np.bincount(parent, taken, minlength=size) / total
            kept = (counts - taken) / total[parent]
        back_off = np.where(total > 0, weight, back_off)
        lower = probability[tree.shorter[start:end]] if start > 1 else probability[0]
        probability[start:end] = np.where(total[parent] > 0, kept + back_off[parent] * lower, 0.0)
    probability[1 + START] = 1e-30
    return Model(tree, np.log(np.maximum(probability, 1e-30)), np.log(np.maximum(back_off, 1e-30)))


def _adjusted(tree: Tree) -> IntArray:
    """In how many contexts an n-gram was seen; the plain count for the longest and at starts."""
    adjusted = np.bincount(tree.shorter[tree.levels[2] :], minlength=len(tree.parent))
    first = np.where(np.arange(len(tree.parent)) < tree.levels[2], tree.token, 0)
    for start, end in pairwise(tree.levels[2:]):
        first[start:end] = first[tree.parent[start:end]]
    plain = first == START
    plain[tree.levels[-2] :] = True
    adjusted[plain] = tree.count[plain]
    adjusted[1 + START] = 0
    return adjusted


def _discounts(counts: IntArray) -> FloatArray:
    """Return what is taken from counts of 0, 1, 2, and 3 or more."""
    n = [float((counts == k).sum()) for k in range(1, 5)]
    if min(n) == 0:
        return np.array([0.0, 0.5, 0.5, 0.5])
    share = n[0] / (n[0] + 2 * n[1])
    found = [k - (k + 1) * share * n[k] / n[k - 1] for k in (1, 2, 3)]
    return np.array([0.0, *(min(max(x, 0.1), k - 0.05) for k, x in enumerate(found, start=1))])


def prune(model: Model, threshold: float) -> Model:
    """Leave out n-grams whose loss changes the log probability of the words little.

    Args:
        model: what `estimate` gave.
        threshold: least gain (nats, summed over all its occurrences) of an n-gram that is kept for
            itself; what precedes a kept one, or is the end of one, is kept too.
    """
    tree = model.tree
    lower = model.log_back_off[tree.parent] + model.log_probability[tree.shorter]
    kept = tree.count * (model.log_probability - lower) > threshold
    kept[: tree.levels[2]] = True
    for start, end in reversed(list(pairwise(tree.levels[2:]))):
        nodes = np.arange(start, end)[kept[start:end]]
        kept[tree.parent[nodes]] = True
        kept[tree.shorter[nodes]] = True
    return _weighted(model, kept)


def _weighted(model: Model, kept: NDArray[np.bool_]) -> Model:
    """Return the kept nodes, with weights of backing off that make probabilities sum to one."""
    tree = model.tree
    number = np.cumsum(kept) - 1
    old = np.flatnonzero(kept)
    levels = tuple(int(x) for x in np.searchsorted(old, tree.levels))
    parent, token = number[tree.parent[old]], tree.token[old]
    shorter = number[tree.shorter[old]]
    log_probability = model.log_probability[old]
    own = np.bincount(parent[1:], np.exp(log_probability[1:]), minlength=len(old))
    lower = np.bincount(parent[1:], np.exp(log_probability[shorter[1:]]), minlength=len(old))
    left = np.maximum(1 - own, 1e-9) / np.maximum(1 - lower, 1e-9)
    has_children = np.bincount(parent[1:], minlength=len(old)) > 0
    log_back_off = np.where(has_children, np.log(left), 0.0)
    pruned = Tree(tree.n_tokens, levels, parent, token, shorter, tree.count[old])
    return Model(pruned, log_probability, log_back_off)
