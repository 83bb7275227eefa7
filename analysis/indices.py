"""Index rules: items → dimensions → parts → index, by means of shares or pooled over answers."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from analysis.arrays import Booleans, Floats
from analysis.errors import RuleError
from analysis.estimators import Linearised, pooled, ratio, weighted_mean

Pooling = Literal["mean", "pooled"]


@dataclass(frozen=True, slots=True)
class Node:
    """A level of the index and its members; a bare item code stands for `Node("item", code)`."""

    kind: str
    code: str = ""
    members: tuple[Node | str, ...] = ()
    weight: float = 1.0

    @property
    def children(self) -> tuple[Node, ...]:
        """The members, item codes turned into nodes."""
        return tuple(
            Node("item", member) if isinstance(member, str) else member for member in self.members
        )

    def walk(self) -> Iterator[Node]:
        """This node and all below it, parents before children."""
        yield self
        for child in self.children:
            yield from child.walk()

    def items(self) -> tuple[str, ...]:
        """The codes of the items below."""
        return tuple(node.code for node in self.walk() if node.kind == "item")


@dataclass(frozen=True, slots=True)
class IndexRule:
    """How items make the index.

    "mean": each node is the weighted mean of its members, an item its satisfied share.
    "pooled": each node is satisfied answers over all answers to its items.
    Raises RuleError for an empty node, a repeated code, or a weight that cannot be used.
    """

    root: Node
    pooling: Pooling = "mean"

    def __post_init__(self) -> None:
        if self.pooling not in {"mean", "pooled"}:
            raise RuleError(f"pooling {self.pooling!r}: use 'mean' or 'pooled'")
        seen: set[tuple[str, str]] = set()
        for node in self.root.walk():
            if (node.kind, node.code) in seen:
                raise RuleError(f"{node.kind} {node.code!r} stands twice in the rule: once each")
            seen.add((node.kind, node.code))
            if (node.kind == "item") == bool(node.members):
                raise RuleError(
                    f"{node.kind} {node.code!r}: an item has no members, every other node has some"
                )
            if not (math.isfinite(node.weight) and node.weight > 0):
                raise RuleError(
                    f"weight {node.weight} of {node.kind} {node.code!r}: give a number above 0"
                )
            if self.pooling == "pooled" and node.weight != 1:
                raise RuleError(
                    f"weight {node.weight} of {node.kind} {node.code!r}: pooled answers all weigh 1"
                )

    def nodes(self) -> tuple[Node, ...]:
        """All nodes above the items, the index first."""
        return tuple(node for node in self.root.walk() if node.kind != "item")


@dataclass(frozen=True, slots=True)
class BoundRule:
    """A rule bound to the items of some totals: `held` (G, K) marks the items below each node."""

    rule: IndexRule
    codes: tuple[str, ...]
    nodes: tuple[Node, ...]
    held: Booleans
    full_weights: Floats

    @classmethod
    def of(cls, rule: IndexRule, codes: Sequence[str]) -> BoundRule:
        """The rule for items in this order. Raises RuleError for an item not among them."""
        unknown = [code for code in rule.root.items() if code not in codes]
        if unknown:
            raise RuleError(
                f"items {unknown} of the rule are not asked: the items are {list(codes)}"
            )
        nodes = rule.nodes()
        held = np.array([[code in node.items() for code in codes] for node in nodes])
        full = np.array([_weights(node, codes, np.ones(len(codes), dtype=bool)) for node in nodes])
        return cls(rule, tuple(codes), nodes, held, full)

    def evaluate(self, numerator: Linearised, denominator: Linearised) -> Linearised:
        """The value and scores of each node of which an item was answered, in the order of `nodes`.

        `numerator` and `denominator` are totals per item, e.g. satisfied and all answers.
        """
        answered = denominator.values > 0
        heard = self.heard(answered)
        if self.rule.pooling == "pooled":
            members = self.held[heard].astype(float)
            return ratio(pooled(numerator, members), pooled(denominator, members))
        columns = np.flatnonzero(answered)
        parts = ratio(numerator[columns], denominator[columns])
        return weighted_mean(parts, self.parts(answered)[heard][:, columns])

    def heard(self, answered: Booleans) -> Booleans:
        """Which nodes have at least one answered item."""
        heard: Booleans = np.any(self.held & answered, axis=1)
        return heard

    def left_out(self, answered: Booleans) -> list[tuple[str, ...]]:
        """The items of each node that nobody answered."""
        silent = self.held & ~answered
        if not silent.any():
            return [()] * len(self.nodes)
        return [tuple(self.codes[place] for place in np.flatnonzero(row)) for row in silent]

    def parts(self, answered: Booleans) -> Floats:
        """(G, K) each item's part in the mean of each node, by which items were answered."""
        if answered[self.held[0]].all():
            return self.full_weights
        return np.array([_weights(node, self.codes, answered) for node in self.nodes])


def _weights(node: Node, codes: Sequence[str], answered: Booleans) -> Floats:
    """Each item's weight in a node by means; they sum to 1.

    A member without any answer is left out, and the other members share its weight.
    """
    if node.kind == "item":
        return np.array([code == node.code for code in codes], dtype=float) * answered
    below = [(child.weight, _weights(child, codes, answered)) for child in node.children]
    heard = [(weight, part) for weight, part in below if part.any()]
    whole = math.fsum(weight for weight, _ in heard)
    weights = np.zeros(len(codes))
    for weight, part in heard:
        weights += weight / whole * part
    return weights
