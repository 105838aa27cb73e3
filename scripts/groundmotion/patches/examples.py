"""Labelled windows, read lazily, mirrored at random and made into network images."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from groundmotion.errors import InputError


@dataclass(frozen=True, eq=False)
class MapPairs:
    """Two maps of each window, read lazily: velocity and its error, or two looks.

    Parameters
    ----------
    first, second
        (n, rows, cols) each, such as memory maps.

    Raises
    ------
    InputError
        If their shapes differ.
    """

    first: NDArray[np.floating]
    second: NDArray[np.floating]

    def __post_init__(self) -> None:
        if self.first.shape != self.second.shape:
            raise InputError(
                f"two maps of each window: {self.first.shape} and {self.second.shape}; expected "
                "the same windows; make the data set again"
            )

    @property
    def shape(self) -> tuple[int, int, int, int]:
        """(n, 2, rows, cols)."""
        count, rows, cols = self.first.shape
        return count, 2, rows, cols

    def __len__(self) -> int:
        """Return the number of windows."""
        return len(self.first)

    def __getitem__(self, index: Any) -> NDArray[np.floating]:
        """Read some windows, (k, 2, rows, cols)."""
        return np.stack([self.first[index], self.second[index]], 1)


Windows = NDArray[np.floating] | MapPairs


@dataclass(frozen=True)
class Examples:
    """Labelled windows, read lazily.

    Parameters
    ----------
    blocks
        Arrays (n_i, rows, cols), such as memory maps, or pairs of them; examples are counted
        through all of them.
    labels
        (n,), 0 for no deformation, 1 for one; 2 and so on where its kinds are told apart.
    d_prime
        (n,) how visible each deformation is, NaN where there is none; None if not known.

    Raises
    ------
    InputError
        If the numbers of windows and labels differ.
    """

    blocks: tuple[Windows, ...]
    labels: NDArray[np.integer]
    d_prime: NDArray[np.floating] | None = None

    def __post_init__(self) -> None:
        windows = sum(len(block) for block in self.blocks)
        if windows != len(self.labels):
            raise InputError(
                f"{windows} windows but {len(self.labels)} labels: expected as many; make the data "
                "set again"
            )

    def __len__(self) -> int:
        """Return the number of examples."""
        return len(self.labels)

    def take(self, index: NDArray[np.int64]) -> NDArray[np.float32]:
        """Read some windows, (len(index), rows, cols) or (len(index), 2, rows, cols)."""
        windows = np.empty((len(index), *self.blocks[0].shape[1:]), np.float32)
        start = 0
        for block in self.blocks:
            positions = np.flatnonzero((index >= start) & (index < start + len(block)))
            # Ascending positions are kinder to a memory-mapped file.
            positions = positions[np.argsort(index[positions], kind="stable")]
            windows[positions] = block[index[positions] - start]
            start += len(block)
        return windows

    def with_negatives(self, windows: NDArray[np.floating]) -> "Examples":
        """Add windows without deformation, such as real ones (paper §II-A)."""
        labels = np.concatenate([self.labels, np.zeros(len(windows), self.labels.dtype)])
        visible = self.d_prime
        if visible is not None:
            visible = np.concatenate([visible, np.full(len(windows), np.nan)])
        return Examples((*self.blocks, windows), labels, visible)
