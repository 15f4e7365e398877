"""Softmax regression on the iris data, written as plain loops."""

from __future__ import annotations

import math
from dataclasses import dataclass
from importlib import resources

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

CLASSES = 3


def loss(W: Floats, b: Floats, X: Floats, labels: Ints) -> float:
    """Return the mean cross-entropy of softmax(X @ W + b) with the labels."""
    n, features = X.shape
    classes = b.shape[0]
    score = np.zeros(classes)
    total = 0.0
    for i in range(n):
        for k in range(classes):
            s = b[k]
            for j in range(features):
                s += X[i, j] * W[j, k]
            score[k] = s
        top = score[0]
        for k in range(1, classes):
            top = max(top, score[k])
        scale = 0.0
        for k in range(classes):
            scale += math.exp(score[k] - top)
        total += top + math.log(scale) - score[labels[i]]
    return total / n


@dataclass(frozen=True, slots=True)
class Split:
    """Features (one row per plant) and species (0, 1 or 2) to train on and to test on."""

    train: tuple[Floats, Ints]
    test: tuple[Floats, Ints]


def iris() -> Split:
    """Return the iris data, standardised; every third plant is kept for the test."""
    path = resources.files("srcad.demo") / "iris.csv"
    with path.open(encoding="utf-8") as file:
        table = np.loadtxt(file, delimiter=",")
    features, species = table[:, :-1], table[:, -1].astype(np.int64)
    held_out = np.arange(len(table)) % 3 == 0
    known = features[~held_out]
    features = (features - known.mean(axis=0)) / known.std(axis=0)
    return Split(
        train=(features[~held_out], species[~held_out]),
        test=(features[held_out], species[held_out]),
    )


def zero_weights(features: int) -> tuple[Floats, Floats]:
    """Return the weights and biases that training starts from."""
    return np.zeros((features, CLASSES)), np.zeros(CLASSES)


def accuracy(W: Floats, b: Floats, X: Floats, labels: Ints) -> float:
    """Return the share of rows whose highest score is that of their label."""
    return float(np.mean(np.argmax(X @ W + b, axis=1) == labels))
