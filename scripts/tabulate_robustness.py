"""How well trained networks do where they were not trained."""

import logging
from pathlib import Path
from typing import Any

import pandas as pd

from groundmotion.artefacts.provenance import Stamp
from groundmotion.artefacts.tables import read_frame, write_table
from groundmotion.scores import metrics
from groundmotion.synthesis.observations import REAL_BACKGROUND
from groundmotion.synthesis.shifting import UNCHANGED
from groundmotion.workflow.job import run_job

ARM = ("source", "preset", "pixel_m", "fill", "input", "pretraining", "network", "seed")
FOUND = ("accuracy", "recall", "fpr")
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
    rows, counted = [], []
    for arm, scored, path in zip(arms, scores, alarms, strict=True):
        known, said, found = {n: arm[n] for n in ARM}, read_frame(scored), _rates(path)
        plain = said[said["shift"] == UNCHANGED].set_index("index")
        for shift, part in said.groupby("shift", sort=False):
            chosen = part["probability"] >= threshold
            rates = metrics.rates(metrics.confusion(part["label"], chosen))
            right = chosen == part["label"]
            usual = (plain["probability"] >= threshold) == plain["label"]
            labels = part["label"].to_numpy(float)
            row = {"shift": shift, "n_test": len(part), **{name: rates[name] for name in FOUND}}
            row["ece"] = metrics.expected_calibration_error(part["probability"], labels, bins)
            # Examples of one index share all but the shift; real backgrounds share nothing.
            other = usual.loc[part["index"]].to_numpy()
            row["drop"], row["drop_standard_error"] = metrics.change_of_share(
                right.to_numpy(), other, paired=shift != REAL_BACKGROUND
            )
            mine = found[found["level"] >= threshold]
            first = mine[mine["level"] == mine["level"].min()]
            if shift == REAL_BACKGROUND:
                row["false_alarms_per_km2"] = first["areas"].sum() / first["scored_km2"].sum()
            rows.append({**known, **row})
            text = "%s %s %s m: %s %.4f"
            logging.info(
                text, arm["network"], arm["source"], arm["pixel_m"], shift, row["accuracy"]
            )
        counted.append(found.assign(**known)[[*ARM, *ALARMS]])
    columns = [*ARM, "shift", "n_test", *FOUND, "ece", "drop", "drop_standard_error"]
    columns.append("false_alarms_per_km2")
    write_table(table, pd.DataFrame(rows, columns=columns), stamp)
    write_table(real_table, pd.concat(counted, ignore_index=True), stamp)


def _rates(path: Path) -> pd.DataFrame:
    found = read_frame(path)
    return found.assign(false_alarms_per_km2=found["areas"] / found["scored_km2"])


if __name__ == "__main__":
    run_job(tabulate_robustness, snakemake)  # type: ignore[name-defined]  # noqa: F821
