"""Many examples in compact form: where points lie and what they say."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from groundmotion.aliases import Maps
from groundmotion.names import REAL_BACKGROUND, SPLITS
from groundmotion.synthesis.backgrounds import Background, draw_on_background
from groundmotion.synthesis.examples import (
    Example,
    ExampleSettings,
    draw_example,
    example_seed,
)
from groundmotion.synthesis.masks import Masks
from groundmotion.synthesis.second_looks import draw_second_look
from groundmotion.synthesis.shifting import drawn_shift, shifted
from groundmotion.synthesis.shifts import Shift

CompactExamples = tuple[list[dict[str, Any]], list[NDArray[np.uint16]], list[Maps]]


def draw_observations(
    settings: ExampleSettings,
    masks: Masks,
    seed: int,
    split: str,
    indices: Sequence[int],
    mixture: Mapping[str, Shift],
) -> CompactExamples:
    """Draw several examples of a split and keep what is observed; odd ones have deformation.

    Parameters
    ----------
    settings, masks
        As for :func:`draw_example`.
    seed, split
        As for :func:`example_seed`.
    indices
        Of the examples within the split.
    mixture
        Each example is shifted by one of these, drawn at random (its name is then kept as
        ``shift``); empty for the law as it is.

    Returns
    -------
    parameters, cells, values
        Per example: index, label, seed and what was drawn; flat indices of the cells with a
        point; velocities there.
    """
    examples: CompactExamples = ([], [], [])
    for index in indices:
        seeds = example_seed(seed, split, index)
        example = draw_example(settings, masks, index % 2, seeds)
        record = {"index": index, "label": example.label, "seed": _entropy(seed, split, index)}
        if mixture:
            name = drawn_shift(mixture, seeds)
            example = shifted(example, settings, (name, mixture[name]), seeds)
            record["shift"] = name
        _keep(examples, example, record)
    return examples


def second_look_observations(
    settings: ExampleSettings,
    masks: Masks,
    seed: int,
    split: str,
    poisson: float,
    rows: Sequence[Mapping[str, Any]],
) -> CompactExamples:
    """Draw what the other pass sees of several examples, given their parameters.

    Parameters
    ----------
    settings, masks, seed, split
        As for :func:`draw_observations`, of the same data set.
    poisson
        Poisson's ratio of the ground above point sources.
    rows
        Parameters of the examples.

    Returns
    -------
    parameters, cells, values
        As of :func:`draw_observations`.
    """
    examples: CompactExamples = ([], [], [])
    for row in rows:
        seeds = example_seed(seed, split, int(row["index"]))
        _keep(examples, draw_second_look(settings, masks, row, seeds, poisson), {})
    return examples


def draw_shifted_observations(
    settings: ExampleSettings,
    masks: Masks,
    seed: int,
    backgrounds: Sequence[Background],
    shifts: Mapping[str, Shift],
    indices: Sequence[int],
) -> CompactExamples:
    """Draw examples of the test split under every shift, and as many on real backgrounds.

    Parameters
    ----------
    settings, masks, seed, indices
        As for :func:`draw_observations`; what no shift changes is the test set itself.
    backgrounds
        Real scenes; may be empty.
    shifts
        Name → shift.

    Returns
    -------
    parameters, cells, values
        As of :func:`draw_observations`, shift after shift for each index, with ``shift`` among
        the parameters.
    """
    examples: CompactExamples = ([], [], [])
    for index in indices:
        seeds, label = example_seed(seed, "test", index), index % 2
        plain = draw_example(settings, masks, label, seeds)
        record = {"index": index, "label": label, "seed": _entropy(seed, "test", index)}
        for name, shift in shifts.items():
            example = shifted(plain, settings, (name, shift), seeds)
            _keep(examples, example, {**record, "shift": name})
        if backgrounds:
            example = draw_on_background(settings, backgrounds, label, seeds)
            _keep(examples, example, {**record, "shift": REAL_BACKGROUND})
    return examples


def _entropy(seed: int, split: str, index: int) -> str:
    return "-".join(str(part) for part in (seed, SPLITS.index(split), index))


def _keep(examples: CompactExamples, example: Example, record: dict[str, Any]) -> None:
    flat = example.sparse.ravel()
    cells = np.flatnonzero(np.isfinite(flat))
    examples[0].append({**record, **example.parameters})
    examples[1].append(cells.astype(np.uint16))
    examples[2].append(flat[cells])


def observed_maps(
    values: Maps, cells: NDArray[np.integer], starts: NDArray[np.integer], size_px: int
) -> Maps:
    """Lay ragged observations out as maps.

    Parameters
    ----------
    values, cells
        (m,) velocities and flat cells of all points, example after example.
    starts
        (n + 1,) where each example begins, and the end; may begin anywhere in ``values``.
    size_px
        Side of a map.

    Returns
    -------
    ndarray
        (n, size_px, size_px) float32, NaN where there is no point.
    """
    maps = np.full((len(starts) - 1, size_px * size_px), np.nan, np.float32)
    owner = np.repeat(np.arange(len(maps)), np.diff(starts))
    inside = slice(int(starts[0]), int(starts[-1]))
    maps[owner, cells[inside]] = values[inside]
    return maps.reshape(-1, size_px, size_px)


def packed(
    cells: Sequence[Sequence[NDArray[np.uint16]]], values: Sequence[Sequence[Maps]]
) -> dict[str, NDArray[Any]]:
    """Join the observations of several batches.

    Returns
    -------
    dict
        ``values`` and ``cell`` (m,) of all points, example after example, and ``start`` (n + 1,),
        where each example begins, and the end.
    """
    velocities = [value for batch in values for value in batch]
    starts = np.concatenate([[0], np.cumsum([len(value) for value in velocities])])
    return {
        "values": np.concatenate(velocities),
        "cell": np.concatenate([cell for batch in cells for cell in batch]),
        "start": starts.astype(np.int64),
    }
