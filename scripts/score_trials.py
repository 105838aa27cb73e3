"""Search simulated trials by every detector, and compare what it outlines with the truth."""

from pathlib import Path
from typing import Any

import pandas as pd

from groundmotion.areas.matching import MatchSettings
from groundmotion.areas.trials import trial_scores
from groundmotion.artefacts.provenance import Stamp
from groundmotion.artefacts.tables import write_frame
from groundmotion.noise.laws import law_from
from groundmotion.simulation.trials import TrialCase, TrialSettings, draw_trial
from groundmotion.workflow.detectors import make_detectors
from groundmotion.workflow.job import progress_bar, run_job


def score_trials(
    *,
    model_files: list[Path],
    dense_files: list[Path],
    noise: str,
    case: str,
    trials: dict[str, Any],
    law: dict[str, Any],
    number: int,
    seeds: list[int],
    simulation: dict[str, Any],
    detectors: list[str],
    sections: dict[str, Any],
    matching: dict[str, Any],
    scores: Path,
    stamp: Stamp,
) -> None:
    """Write a row per trial, detector and overlap."""
    settings = TrialSettings.from_config(trials, simulation)
    noise_law, named = law_from(noise, law), TrialCase.named(case)
    match = MatchSettings.from_config(matching)
    models = {"windows": model_files, "dense": dense_files}
    searching = make_detectors(detectors, sections, models)
    rows = []
    # Sources of every rate lie on the same ground; still ground of every scale is its own.
    first = 0 if named.peak_mm_yr else int(1_000_000 * named.noise_scale)
    for index in progress_bar(range(number), "trials"):
        trial = draw_trial(settings, noise_law, named, (*seeds, first + index))
        place = {
            "noise": noise,
            "peak_mm_yr": named.peak_mm_yr,
            "noise_scale": named.noise_scale,
            "index": index,
        }
        for name, outline in searching.items():
            areas = outline(trial.points, trial.bounds, trial.pixel_m, trial.crs)
            rows += [
                {**place, "detector": name, **row} for row in trial_scores(trial, areas, match)
            ]
    write_frame(scores, pd.DataFrame(rows), stamp)


if __name__ == "__main__":
    run_job(score_trials, snakemake)  # type: ignore[name-defined]  # noqa: F821
