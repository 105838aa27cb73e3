"""How well trained networks do under changes of the law of examples and on real backgrounds."""

import logging
from pathlib import Path
from typing import Any

import pandas as pd

from groundmotion.artefacts.provenance import Stamp
from groundmotion.artefacts.tables import read_frame, write_table
from groundmotion.names import ARM, REAL_BACKGROUND, UNCHANGED
from groundmotion.scores import metrics
from groundmotion.workflow.job import run_job

MODEL = (*ARM, "seed")
RATES = ("accuracy", "recall", "fpr")
ALARMS = (
    "scene", "look", "level", "areas", "scored_km2", "false_alarms_per_km2", "area_share", "p_max",
)  # fmt: skip


def tabulate_robustness(
    *,
    arms: list[dict[str, Any]],
    scores: list[Path],
    alarms: list[Path],
    threshold: float,
    bins: int,
    table: Path,
    real_table: Path,
    stamp: Stamp,
) -> None:
    """Write one row per model and shift, and one per model, look and level of probability.

    ``drop`` is the accuracy minus that of the unshifted examples: below 0 where a shift costs.
    """
    rows, alarm_tables = [], []
    for arm, score_path, path in zip(arms, scores, alarms, strict=True):
        arm_columns, examples = {n: arm[n] for n in MODEL}, read_frame(score_path)
        alarm_rates = _rates(path)
        examples["right"] = (examples["probability"] >= threshold) == examples["label"]
        plain = examples[examples["shift"] == UNCHANGED].set_index("index")
        for shift, part in examples.groupby("shift", sort=False):
            row = _row_of_shift(part, threshold, bins)
            # Examples of one index share all but the shift; real backgrounds share nothing.
            row["drop"], row["drop_standard_error"] = metrics.change_of_share(
                part["right"].to_numpy(),
                plain["right"].loc[part["index"]].to_numpy(),
                paired=shift != REAL_BACKGROUND,
            )
            if shift == REAL_BACKGROUND:
                above = alarm_rates[alarm_rates["level"] >= threshold]
                first = above[above["level"] == above["level"].min()]
                row["false_alarms_per_km2"] = first["areas"].sum() / first["scored_km2"].sum()
            rows.append({**arm_columns, "shift": shift, **row})
            logging.info("%s %s %s m: %s %.4f", arm["network"], arm["source"], arm["pixel_m"],
                         shift, row["accuracy"])  # fmt: skip
        alarm_tables.append(alarm_rates.assign(**arm_columns)[[*MODEL, *ALARMS]])
    columns = [*MODEL, "shift", "n_test", *RATES, "ece", "drop", "drop_standard_error"]
    columns.append("false_alarms_per_km2")
    write_table(table, pd.DataFrame(rows, columns=columns), stamp)
    write_table(real_table, pd.concat(alarm_tables, ignore_index=True), stamp)


def _row_of_shift(examples: pd.DataFrame, threshold: float, bins: int) -> dict[str, Any]:
    probability, labels = examples["probability"], examples["label"]
    rates = metrics.rates(metrics.confusion(labels, probability >= threshold))
    ece = metrics.expected_calibration_error(probability, labels.to_numpy(float), bins)
    return {"n_test": len(examples), **{name: rates[name] for name in RATES}, "ece": ece}


def _rates(path: Path) -> pd.DataFrame:
    counts = read_frame(path)
    return counts.assign(false_alarms_per_km2=counts["areas"] / counts["scored_km2"])


if __name__ == "__main__":
    run_job(tabulate_robustness, snakemake)  # type: ignore[name-defined]  # noqa: F821
