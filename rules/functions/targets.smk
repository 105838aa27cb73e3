"""Targets: the names that figures and tables are asked for by, and all that there is to make."""

#: Figures that show the areas outlined by a network one by one, and for which sources.
GALLERIES = {"s4": "point", "s5": "line"}

#: Studies with a table and a figure of their name.
STUDIES = ["table1", "interpolation", "robustness", "detectability", "trials"]
FIGURES = [
    *(f"fig{number}" for number in range(1, 9)),
    *(f"s{number}" for number in range(1, 8)),
    *STUDIES,
    "interpolation_map",
    "reliability",
    "noise",
    *(f"sources_{scene}" for scene in SCENES),
]
TABLES = [
    *STUDIES,
    "wraps",
    # studies that the configuration may leave without arms
    *(name for name in ("kinds", "two_looks") if config[name]),
    "detectors",
    "robustness_real",
    "detectability_recall",
]

#: Short names; each makes the figure and the table of its name.
SHORT_NAMES = list(dict.fromkeys([*FIGURES, *TABLES]))


def files_of(name: str) -> list[str]:
    """What a short name makes."""
    ends = ("png", "pdf", "csv") if name in FIGURES else ()
    files = [f"results/figures/{name}.{end}" for end in ends]
    if name in TABLES:
        files.append(f"results/tables/{name}.csv")
    if name == "table1":
        files.append("results/tables/table1.md")
    return files


def explanation_of(name: str, rules) -> str:
    """What the rule says of itself that makes the figure or table of a short name."""
    first = files_of(name)[0]
    return next(each.docstring for each in rules if each.is_producer(first))


def scene_results(scene: str) -> list[str]:
    """Everything the contract promises for one scene."""
    folder = f"results/scenes/{scene}"
    files = [
        f"{folder}/{name}"
        for name in (
            "noise.json",
            "significance.tif",
            "sources.gpkg",
            "thresholds.gpkg",
            "clusters.gpkg",
        )
    ]
    for look in looks(scene):
        files += [
            f"results/points/{scene}/{look}.parquet",
            f"results/variogram/{scene}/{look}.json",
        ]
        files += [
            f"{folder}/{look}/{name}.tif"
            for name in ("velocity", "filled", "filled_std", "significance")
        ]
    for source in scene_sources(scene):
        files += [
            f"{folder}/probability_{source}.tif",
            f"{folder}/areas_{source}.gpkg",
        ]
    return [*files, *scene_truth(scene)]


def tiled_results(scene: str) -> list[str]:
    """What is made of a scene of role tiled."""
    folder = f"results/scenes/{scene}"
    return [
        *(
            f"{folder}/{end}"
            for end in ("noise.json", "significance.tif", "sources.gpkg")
        ),
        *(f"{folder}/{look}/significance.tif" for look in looks(scene)),
        *(
            f"{folder}/{name}_{source}.{end}"
            for source in scene_sources(scene)
            for name, end in (("probability", "tif"), ("areas", "gpkg"))
        ),
    ]


def every_artefact() -> list[str]:
    """Everything but the manifest, the crate and the report that sum it up."""
    return [
        *(path for scene in SCENES for path in scene_results(scene)),
        *(path for name in SHORT_NAMES for path in files_of(name)),
    ]
