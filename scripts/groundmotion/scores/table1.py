"""Table I of several runs in one; and for readers: seeds put together, beside limit and paper."""

from collections.abc import Mapping
from pathlib import PurePath
from typing import Any

import numpy as np
import pandas as pd

from groundmotion.errors import InputError
from groundmotion.names import ARM
from groundmotion.scores.metrics import Accuracy, error_of_share

#: What makes two rows of Table I repetitions of each other: a network trained for longer, or on
#: more examples, is another arm.
REPEATED = (*ARM, "n_train", "epochs")

#: In the column ``run``: rows of the run that wrote the table, not of another one.
HERE = "here"

#: What the arms of one part of Table I share.
DATASET = ("source", "preset", "pixel_m")

#: The confusion matrix of one row, as columns.
COUNTS = ("tp", "fp", "tn", "fn")

_RATES = ("accuracy", "precision", "recall", "fpr", "fomr", "ece")
_MEASURED = ("accuracy", "recall", "fpr", "ece")
_LIMITS = ("bound_known", "bound", "bound_error")


def row(
    arm: Mapping[str, Any], evaluation: Mapping[str, Any], bound_known: float, limit: Accuracy
) -> dict[str, Any]:
    """One row of ``results/tables/table1.csv``.

    Parameters
    ----------
    arm
        What :data:`REPEATED` names, and ``seed``.
    evaluation
        On the test set: :data:`COUNTS`, accuracy, precision, recall, fpr, fomr, ece.
    bound_known
        Accuracy of an observer who knows the source.
    limit
        That of the average-likelihood observer.
    """
    return {
        **{name: arm[name] for name in (*ARM, "seed", "n_train", "epochs")},
        "n_test": sum(evaluation[name] for name in COUNTS),
        **{name: evaluation[name] for name in (*COUNTS, *_RATES)},
        **dict(zip(_LIMITS, (bound_known, limit.value, limit.standard_error), strict=True)),
        "run": HERE,
    }


def untrained(verdict: Mapping[str, Any]) -> dict[str, Any]:
    """Return what stands in Table I of a detector without training, from the verdict of observers.

    Parameters
    ----------
    verdict
        :data:`DATASET`, ``observer`` and :data:`COUNTS`.
    """
    arm = {"fill": "none", "input": "sparse", "pretraining": "none", "network": verdict["observer"]}
    return {**verdict, **arm, "seed": 0, "n_train": 0, "epochs": 0}


def join_runs(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Put the tables of several runs into one, for arms that were made apart.

    Of rows that say the same (an arm with its seed, its number of training examples and its
    epochs, or an observer), the one tested on the most examples stays; among equals that of the
    first table.

    Parameters
    ----------
    tables
        Path: rows as in ``results/tables/table1.csv``, all of them, or as in ``observers.csv``.
        The first is of this run.

    Returns
    -------
    Data sets in the order of the tables, all rows of one after each other. In Table I each data
    set has one limit, that of the smallest error (of most examples judged), beside all its rows,
    and ``run`` is the file that a row comes from (without its folder and ending where that tells
    it from the others), :data:`HERE` for the first.

    Raises
    ------
    InputError
        For a table with other columns than the first.
    """
    columns = [str(name) for name in next(iter(tables.values()))]
    for name, table in tables.items():
        came = [str(name) for name in table]
        if came != columns:
            raise InputError(
                f"{name}: expected the columns {', '.join(columns)}; came {', '.join(came)}"
            )
    if "run" in columns:
        tables = _with_runs(tables)
    rows = pd.concat(tables.values(), ignore_index=True)
    if "bound" in columns:
        surest = rows.sort_values("bound_error", kind="stable").drop_duplicates(DATASET)
        limits = surest[[*DATASET, *_LIMITS]]
        rows = rows.drop(columns=list(_LIMITS)).merge(limits, on=list(DATASET), how="left")
    same = [name for name in (*REPEATED, "seed", "observer") if name in columns]
    rows["place"] = rows.groupby(same, sort=False).ngroup()
    tested = rows.sort_values(["place", "n_test"], ascending=[True, False], kind="stable")
    parts = tested.drop_duplicates("place").groupby(list(DATASET), sort=False)
    return pd.concat([part for _, part in parts], ignore_index=True)[columns]


def _with_runs(tables: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Say in the column ``run`` which table a row comes from, where that is not the first one."""
    own, *others = tables
    stems = [PurePath(path).stem for path in others]
    names = stems if len({HERE, *stems}) == 1 + len(stems) else others
    named = {
        path: tables[path].assign(run=tables[path]["run"].replace(HERE, name))
        for path, name in zip(others, names, strict=True)
    }
    return {own: tables[own], **named}


def seeds_together(table: pd.DataFrame) -> pd.DataFrame:
    """Average the seeds of each arm of Table I.

    Parameters
    ----------
    table
        Rows as in ``results/tables/table1.csv``.

    Returns
    -------
    One row per arm, in the order of the table: :data:`REPEATED`, ``run`` (all of them, where its
    seeds come from several), ``seeds`` (how many),
    ``n_test``, accuracy, recall, fpr and ece (means), ``standard_error`` of the accuracy,
    bound_known, bound and bound_error. The error has two parts, √(e² + s²/k): that of the test
    examples, which all seeds share (`metrics.error_of_share`), and of the k seeds, of whose
    accuracies s is the standard deviation (none for one).
    """
    rows = []
    for arm, part in table.groupby(list(REPEATED), sort=False):
        means = {name: float(part[name].mean()) for name in _MEASURED}
        p, k, n = means["accuracy"], len(part), int(part["n_test"].iloc[0])
        spread = float(part["accuracy"].var(ddof=1)) / k if k > 1 else 0.0
        error = {"standard_error": float(np.sqrt(error_of_share(p, n) ** 2 + spread))}
        limits = {name: float(part[name].iloc[0]) for name in _LIMITS}
        named = dict(zip(REPEATED, arm, strict=True))
        runs = {"run": ", ".join(dict.fromkeys(part["run"]))}
        rows.append({**named, **runs, "seeds": k, "n_test": n, **means, **error, **limits})
    return pd.DataFrame(rows)


def with_printed(arms: pd.DataFrame, printed: Mapping[str, Mapping[str, float]]) -> pd.DataFrame:
    """Put the paper's figures beside the arms that it prints.

    Parameters
    ----------
    arms
        As of :func:`seeds_together`.
    printed
        Fill: ``accuracy`` and ``fpr``, as fractions, of the paper's AlexNet on wrapped images;
        that started from ImageNet and volcanoes, so they stand beside every start.

    Returns
    -------
    The arms with the columns ``printed_accuracy`` and ``printed_fpr``, NaN where it prints none.
    """
    theirs = arms["network"].str.startswith("alexnet") & (arms["input"] == "wrapped")
    columns = {
        f"printed_{name}": [
            printed.get(fill, {}).get(name, np.nan) if own else np.nan
            for fill, own in zip(arms["fill"], theirs, strict=True)
        ]
        for name in ("accuracy", "fpr")
    }
    return arms.assign(**columns)


def as_markdown(arms: pd.DataFrame) -> str:
    """Write the arms as a table in Markdown, one for each data set, the best first.

    Parameters
    ----------
    arms
        As of :func:`with_printed`.
    """
    parts = []
    for (source, preset, pixel_m), part in arms.groupby(list(DATASET), sort=False):
        first = part.iloc[0]
        parts.append(
            f"**{source}, {preset}, {pixel_m} m.** Limit (average-likelihood observer) "
            f"{_with_error(first['bound'], first['bound_error'])} %, source known "
            f"{_percent(first['bound_known'])} %.\n\n"
            "| network | fill | input | start | trained on | epochs | tested on | accuracy (%) | "
            "false positives (%) | ECE | paper: accuracy, false positives (%) | run |\n"
            f"{'|---' * 12}|\n"
        )
        ordered = part.sort_values("accuracy", ascending=False, kind="stable")
        parts.append("".join(_line(row) for row in ordered.to_dict("records")) + "\n")
    return "".join(parts)


def _line(row: Mapping[Any, Any]) -> str:
    seeds = f", {row['seeds']} seeds" if row["seeds"] > 1 else ""
    examples = f"{row['n_train']:,}{seeds}" if row["n_train"] else "none"
    printed = [row["printed_accuracy"], row["printed_fpr"]]
    cells = [
        row["network"], row["fill"], row["input"],
        {"none": ""}.get(row["pretraining"], row["pretraining"]), examples,
        row["epochs"] or "", f"{row['n_test']:,}",
        _with_error(row["accuracy"], row["standard_error"]), _percent(row["fpr"]),
        "" if np.isnan(row["ece"]) else f"{row['ece']:.3f}",
        "" if np.isnan(printed[0]) else ", ".join(map(_percent, printed)),
    ]  # fmt: skip
    words = [str(cell).replace("_", " ") for cell in cells]
    return "| " + " | ".join([*words, str(row["run"])]) + " |\n"


def _with_error(share: float, error: float) -> str:
    return f"{_percent(share)} ± {_percent(error)}"


def _percent(share: float) -> str:
    return f"{100 * share:.2f}"
