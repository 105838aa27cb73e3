"""What figures show, and everything that can be asked for."""

# --- figures --------------------------------------------------------------------------------------

if not SCENES:
    raise WorkflowError(
        "no scene is left to search: name at least one with role detect in active_scenes"
    )

#: Scenes of Fig. 5, and the one that other figures look at closely.
FIGURE_SCENES = CASE_STUDIES or SCENES[:1]
CLOSE_SCENE = FIGURE_SCENES[0]


def scene_title(scene: str) -> str:
    """Name of a scene in figures."""
    return config["figures"]["scene_titles"].get(
        scene, scene.replace("_", " ").capitalize()
    )


#: Figures that show the areas found one by one, and whose.
GALLERIES = {"s4": "point", "s5": "line"}


def scene_map(scene: str, name: str) -> str:
    """One map of a scene's first look: ascending where there is one."""
    return f"results/scenes/{scene}/{looks(scene)[0]}/{name}.tif"


def scene_truth(*scenes: str) -> list[str]:
    """Truth of those scenes that are simulated."""
    return [f"results/scenes/{s}/truth.gpkg" for s in scenes if is_simulated(s)]


def overview_of(source: str) -> tuple[str, str]:
    """Scene and source of an overview: national, else the first that is searched for the source.

    Where none is, the first scene with what it is searched for.
    """
    candidates = [*NATIONAL_SCENES, *SCENES]
    for scene in candidates:
        if source in scene_sources(scene):
            return scene, source
    return candidates[0], scene_sources(candidates[0])[0]


def overview_file(source: str, name: str) -> str:
    """File ``name`` of an overview's scene, with its source filled in."""
    scene, found = overview_of(source)
    return f"results/scenes/{scene}/{name.format(source=found)}"


def spatial_looks() -> dict[str, str]:
    """Variograms of Fig. 1, name → file: a measured look where there is one, and a simulated one."""
    measured = [scene for scene in REAL_SCENES if scene in SCENES]
    simulated = [scene for scene in [*NATIONAL_SCENES, *SCENES] if is_simulated(scene)]
    chosen = [(s, "measured") for s in measured[:1]]
    chosen += [(s, "SIMULATED") for s in simulated[:1]]
    return {
        f"{scene_title(scene)}, {looks(scene)[0]} ({kind})": (
            f"results/variogram/{scene}/{looks(scene)[0]}.json"
        )
        for scene, kind in chosen
    }


def figure_example():
    """The data set of Fig. 4, as if it were wildcards."""
    example = config["figures"]["example"]
    return SimpleNamespace(**{key: str(value) for key, value in example.items()})


def figure_model() -> str:
    """Folder of the model of Fig. S3: the last AlexNet of Table I, else the last network."""
    fitting = [
        m
        for m in table1_models()
        if f"/{config['figures']['example']['pixel_m']}/" in m
    ]
    usual = [folder for folder in fitting if "/alexnet/" in folder]
    return (usual or fitting or table1_models())[-1]


# --- targets ------------------------------------------------------------------------------------


def scene_results(scene: str) -> list[str]:
    """Everything the contract promises for one scene."""
    base = f"results/scenes/{scene}"
    made = [f"{base}/thresholds.gpkg"]
    for look in looks(scene):
        made += [
            f"results/points/{scene}/{look}.parquet",
            f"results/variogram/{scene}/{look}.json",
        ]
        made += [
            f"{base}/{look}/{name}.tif" for name in ("velocity", "filled", "filled_std")
        ]
    for source in scene_sources(scene):
        made += [f"{base}/probability_{source}.tif", f"{base}/areas_{source}.gpkg"]
    if is_simulated(scene):
        made.append(f"{base}/truth.gpkg")
    return made


def every_artefact() -> list[str]:
    """Everything but the manifest, the crate and the report that sum it up."""
    made = [path for scene in SCENES for path in scene_results(scene)]
    made += [f"results/tables/{name}.csv" for name in TABLES]
    made += [
        f"results/figures/{name}.{end}"
        for name in [*FIGURES, "table1"]
        for end in ("png", "pdf", "csv")
    ]
    return [*made, "results/tables/table1.md"]
