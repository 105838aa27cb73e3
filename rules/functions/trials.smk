"""Trials: their cases, and what the detectors on them are made of."""

TRIALS = config["trials"]

#: Cases: sources of one peak, and still ground with noise of one level.
TRIAL_CASES = {
    **{f"peak_{peak:g}": TRIALS["per_peak"] for peak in TRIALS["peaks_mm_yr"]},
    **{f"still_{s:g}": TRIALS["per_noise_scale"] for s in TRIALS["noise_scales"]},
}
TRIAL_SCORES = "results/trials/{noise}/{case}/scores.parquet"

#: The model of the detector windows.
(TRIAL_ARM,) = arms_of(config, [TRIALS["model"]])

#: Sections of the configuration that detectors read.
DETECTOR_SECTIONS = {
    **{
        key: config[key]
        for key in (
            "thresholds",
            "clustering",
            "windows",
            "detection",
            "areas",
            "device",
            "seed",
            "significance",
            "sources",
        )
    },
    "dense_detection": config["dense"]["detection"],
    "fills": FILL_NUMBERS,
    "fill": TRIAL_ARM["fill"],
}


def trial_model(wildcards) -> list[str]:
    """Input function: files of the model of the detector windows; none where that is not measured."""
    if "windows" not in TRIALS["detectors"]:
        return []
    parts = ("weights.safetensors", "model.json", "calibration.json")
    return [
        model_path(TRIAL_ARM, part, f"{TRIALS['model']['model']} under models")
        for part in parts
    ]


def trial_dense(wildcards) -> list[str]:
    """Input function: files of the dense network that ships; none where it is not measured."""
    if "dense" not in TRIALS["detectors"]:
        return []
    folder = Path(workflow.basedir, "results/published/models/dense/1")
    parts = ("weights.safetensors", "model.json", "calibration.json")
    return [str(folder / part) for part in parts]
