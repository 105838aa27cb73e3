"""The words of the workflow: what a key of the configuration, a path or a table may say.

The enumerations of the configuration's schema and the wildcards of the rules are filled from here,
so that a word is added in one place. Nothing heavy is imported: every start of Snakemake reads it.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class FillName:
    """How a fill is called and what it needs.

    Parameters
    ----------
    label
        In figures and tables.
    function
        ``module.function`` below :mod:`groundmotion.interpolation`; called with the maps, the
        covariance where one is needed, each of ``settings``, and the number of threads.
    settings
        Its sections of ``fills`` in the configuration.
    needs_covariance
        Whether it knows how velocities vary with distance.
    error_function
        As ``function``, for the standard deviation of its error; empty where it states none.
    """

    label: str
    function: str
    settings: tuple[str, ...] = ()
    needs_covariance: bool = False
    error_function: str = ""


#: Every way to fill a sparse map.
FILLS = {
    "none": FillName("points only", "batches.unfilled"),
    "delaunay": FillName("Delaunay", "delaunay.delaunay", ("delaunay",)),
    "matrix_completion": FillName(
        "matrix completion", "matrix_completion.matrix_completion", ("matrix_completion",)
    ),
    "matrix_completion_reference": FillName(
        "matrix completion as printed",
        "matrix_completion.matrix_completion_reference",
        ("matrix_completion", "delaunay"),
    ),
    "matrix_completion_bregman": FillName(
        "Bregman matrix completion",
        "matrix_completion.matrix_completion_bregman",
        ("matrix_completion", "matrix_completion_bregman"),
    ),
    "normalised_convolution": FillName(
        "normalised convolution", "convolution.normalised_convolution", ("normalised_convolution",)
    ),
    "multiscale_convolution": FillName(
        "multi-scale convolution", "convolution.multiscale_convolution", ("multiscale_convolution",)
    ),
    "kriging": FillName(
        "kriging",
        "kriging.kriging",
        ("kriging",),
        needs_covariance=True,
        error_function="kriging.kriging_std",
    ),
}

#: Kriging by other models of a map, compared with the fills: name → label.
KRIGING_MODELS = {
    "kriging_regional": "kriging, regional covariance",
    "kriging_plane": "kriging about a plane",
    "kriging_local_mean": "kriging about a local mean",
}

#: What figures and tables call the fills and models that are compared, in the order of legends.
FILL_LABELS = {name: fill.label for name, fill in FILLS.items()} | KRIGING_MODELS

#: Kinds of sources that are looked for.
SOURCES = ("point", "line")

#: Ranges that sources are drawn from; ``detectability`` is for that study alone.
PRESETS = ("as_printed", "mining", "detectability")

#: Parts of a data set that a network is trained with.
TRAINING_SPLITS = ("train", "validation")

#: All parts of a data set, in the order that numbers them in seeds.
SPLITS = (*TRAINING_SPLITS, "test")

#: What a network is shown; ``unwrapped_looks`` is for the study of two looks alone.
INPUTS = ("wrapped", "wrapped_sincos", "unwrapped", "unwrapped_std", "unwrapped_looks")

#: Weights that a network starts from.
PRETRAININGS = ("none", "volcanic", "imagenet")

#: Architectures.
NETWORKS = ("alexnet", "alexnet_masked", "compact", "multiscale")

#: What an arm is, a network and what it is trained on, in the order of a model's folder.
ARM = ("source", "preset", "pixel_m", "fill", "input", "pretraining", "network")

#: Ways to make one probability of what is said of the views of a window.
COMBINATIONS = ("largest_offset", "mean_logit", "first")

#: Changes to the law of examples; the first is none.
SHIFTS = (
    "exponential", "matern", "anisotropic", "heavy_spikes", "shared_spikes", "gross_outliers",
    "ramps", "uniform_sampling", "disturbed",
)  # fmt: skip

#: The shift that changes nothing.
UNCHANGED = SHIFTS[0]

#: In the column ``shift`` beside them: examples on measured maps.
REAL_BACKGROUND = "real_background"

#: Detectors of whole scenes that trials measure (:mod:`groundmotion.workflow.detectors`).
DETECTORS = (
    "threshold_slow", "threshold_medium", "threshold_fast", "clustering", "windows", "sources",
    "dense",
)  # fmt: skip

#: Laws of the noise of trials.
TRIAL_NOISES = ("laboratory", "egms_like")

#: Sides of a pixel, metres.
PIXELS_M = (5, 10)

#: What the schema may name: ``{enum_of: fills}`` there becomes the enumeration of the words.
ENUMERATIONS: dict[str, tuple[str | int, ...]] = {
    "fills": tuple(FILLS),
    "compared_fills": tuple(name for name in FILL_LABELS if name != "none"),
    "sources": SOURCES,
    "presets": tuple(preset for preset in PRESETS if preset != "detectability"),
    "inputs": tuple(shown for shown in INPUTS if shown != "unwrapped_looks"),
    "pretrainings": PRETRAININGS,
    "networks": NETWORKS,
    "training_keys": (*NETWORKS, "augment", "real_negatives", "negative_stride_px"),
    "combinations": COMBINATIONS,
    "shifts": SHIFTS,
    "detectors": DETECTORS,
    "pixels_m": PIXELS_M,
}
