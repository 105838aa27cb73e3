"""The scripts that test models under changes of the law, on made-up data, without Snakemake."""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
import yaml

from groundmotion.artefacts.arrays import read_arrays, write_arrays
from groundmotion.artefacts.points import write_point_table
from groundmotion.artefacts.provenance import make_stamp
from groundmotion.artefacts.tables import read_frame, read_table, write_frame, write_json
from groundmotion.networks.building import build_network

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))

from draw_robustness import draw_robustness  # noqa: E402
from make_examples import make_examples  # noqa: E402
from make_robustness_examples import make_robustness_examples  # noqa: E402
from score_robustness import score_robustness  # noqa: E402
from score_robustness_real import score_robustness_real  # noqa: E402
from tabulate_robustness import tabulate_robustness  # noqa: E402

torch.set_num_threads(1)

CONFIG = yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))
ARM = {
    "source": "point", "preset": "mining", "pixel_m": 10, "fill": "normalised_convolution",
    "input": "unwrapped", "pretraining": "none", "network": "compact", "seed": 1,
}  # fmt: skip
BOUNDS = (0.0, 0.0, 3000.0, 2800.0)


@pytest.fixture
def stamp(tmp_path):
    return make_stamp("a_rule", "c0de", {}, [], tmp_path)


@pytest.fixture
def points(tmp_path, stamp) -> list[Path]:
    """Two looks with a point in every sixth cell."""
    made = []
    for number, look in enumerate(("asc", "desc")):
        rng = np.random.default_rng(number)
        east, north = rng.uniform((0, 0), BOUNDS[2:], (14_000, 2)).T
        velocity = rng.normal(0, 1, len(east))
        table = pd.DataFrame({"easting_m": east, "northing_m": north, "velocity_mm_yr": velocity})
        made.append(tmp_path / f"islet/{look}.parquet")
        made[-1].parent.mkdir(exist_ok=True)
        write_point_table(made[-1], table, "EPSG:3035", stamp)
    return made


@pytest.fixture
def variograms(tmp_path, stamp) -> list[Path]:
    paths = [tmp_path / f"{look}.json" for look in ("asc", "desc")]
    for path in paths:
        write_json(path, {"nugget": 0.9, "a": 0.1, "b_per_km": 2.0}, stamp)
    return paths


@pytest.fixture
def model(tmp_path, stamp) -> dict[str, Path]:
    """A network as it is before training."""
    network = build_network("compact", 1, difference=True, seed=0)
    parts = {
        "weights": tmp_path / "weights.safetensors",
        "model": tmp_path / "model.json",
        "calibration": tmp_path / "calibration.json",
    }
    state = {name: value.numpy() for name, value in network.state_dict().items()}
    write_arrays(parts["weights"], state, stamp, {})
    wraps = [{"interval_mm_yr": 14.0, "offsets_mm_yr": [0.0]}]
    write_json(parts["model"], {**ARM, "scale_mm_yr": 5.0, "wraps": wraps}, stamp)
    write_json(parts["calibration"], {"temperature": 1.0, "bias": 0.0}, stamp)
    return parts


def scene(look: str) -> dict:
    return {"scene": "islet", "look": look, "bounds": BOUNDS}


def files(folder: Path) -> dict[str, Path]:
    return {
        "examples": folder / "examples.parquet",
        "observations": folder / "observations.safetensors",
    }


def law() -> dict:
    examples, presets = CONFIG["examples"], CONFIG["presets"]
    return {
        **{name: examples[name] for name in ("size_px", "noise", "density", "tracks")},
        "poisson_ratio": examples["poisson_ratio"], "pixel_m": 10, "source": "point",
        "preset": "mining", "ranges": presets["mining"]["point"],
        "printed": presets["as_printed"]["point"], "min_d_prime": 6.0,
    }  # fmt: skip


def draw(tmp_path, points, variograms, stamp) -> dict[str, Path]:
    made = files(tmp_path)
    make_robustness_examples(
        masks=points, mask_scene={"bounds": BOUNDS, "pixel_m": 10}, spikes=[], spike_scene=None,
        background_points=points, background_variograms=variograms,
        background_scenes=[scene("asc"), scene("desc")], law=law(), band=(0.0, 1.0),
        shifts={"names": ["exponential", "ramps"], "numbers": CONFIG["shifts"]}, per_class=3,
        seed=7, **made, threads=1, stamp=stamp,
    )  # fmt: skip
    return made


def test_from_points_to_the_tables(tmp_path, points, variograms, model, stamp):
    made = draw(tmp_path, points, variograms, stamp)
    rows = read_frame(made["examples"])
    assert rows.groupby("shift")["label"].agg(["size", "sum"]).to_dict("index") == {
        name: {"size": 6, "sum": 3} for name in ("exponential", "ramps", "real_background")
    }
    assert np.isfinite(rows.loc[rows["label"] == 1, "d_prime"]).all()
    scores, alarms = tmp_path / "scores.parquet", tmp_path / "alarms.parquet"
    how = {"device": "cpu", "batch_windows": 8, "decision_threshold": 0.5}
    score_robustness(
        **made, **model, pixel_m="10", fill=ARM["fill"], settings=how, fills=CONFIG["fills"],
        scores=scores, threads=1, stamp=stamp,
    )  # fmt: skip
    said = read_frame(scores)
    assert len(said) == 18
    assert said["probability"].between(0, 1).all()
    score_robustness_real(
        points=points, variograms=variograms, scenes=[scene("asc"), scene("desc")], **model,
        pixel_m="10", fill=ARM["fill"], fills=CONFIG["fills"], levels=[0.0, 0.5, 1.0], alarms=alarms, threads=1, stamp=stamp,
        windows=CONFIG["windows"], detection=CONFIG["detection"], device="cpu",
    )  # fmt: skip
    found = read_frame(alarms)
    assert list(found["look"]) == ["asc"] * 3 + ["desc"] * 3
    assert list(found["areas"][[0, 2]]) == [1, 0]  # everything is above 0, nothing at 1
    assert found["area_share"][0] == 1.0
    assert found["scored_km2"][0] == pytest.approx(8.4, rel=0.01)
    tabulate_robustness(
        arms=[ARM], scores=[scores], alarms=[alarms], threshold=0.5, bins=10,
        table=tmp_path / "robustness.csv", real_table=tmp_path / "robustness_real.csv", stamp=stamp,
    )  # fmt: skip


def test_a_mixture_of_the_law_alone_makes_the_same_files(tmp_path, points, stamp):
    made = {}
    for name, mixture in {"alone": ["exponential"], "mixed": ["exponential", "ramps"]}.items():
        made[name] = files(tmp_path / name)
        make_examples(
            masks=points, mask_scene={"bounds": BOUNDS, "pixel_m": 10}, spikes=[],
            spike_scene=None, split="train", law=law(), band=(0.0, 1.0), per_class=4,
            mixture={"names": mixture, "numbers": CONFIG["shifts"]}, seed=7, **made[name],
            threads=1, stamp=stamp,
        )  # fmt: skip
    alone, mixed = (read_frame(made[name]["examples"]) for name in made)
    assert "shift" not in alone
    assert set(mixed["shift"]) == {"exponential", "ramps"}
    one, other = (read_arrays(made[name]["observations"]) for name in made)
    for index, shift in enumerate(mixed["shift"]):
        part = slice(*(int(i) for i in one["start"][index : index + 2]))
        same = np.array_equal(one["values"][part], other["values"][part])
        assert same == (shift == "exponential")


def test_without_real_scenes_there_is_a_table_without_alarms(tmp_path, model, stamp):
    alarms = tmp_path / "alarms.parquet"
    score_robustness_real(
        points=[], variograms=[], scenes=[], **model, pixel_m="10", fill=ARM["fill"],
        fills=CONFIG["fills"], levels=[0.5],
        windows=CONFIG["windows"], detection=CONFIG["detection"], device="cpu", alarms=alarms,
        threads=1, stamp=stamp,
    )  # fmt: skip
    said = {"shift": "exponential", "index": range(4), "label": [0, 1] * 2, "probability": 0.6}
    write_frame(tmp_path / "scores.parquet", pd.DataFrame(said), stamp)
    tabulate_robustness(
        arms=[ARM], scores=[tmp_path / "scores.parquet"], alarms=[alarms], threshold=0.5, bins=10,
        table=tmp_path / "robustness.csv", real_table=tmp_path / "robustness_real.csv", stamp=stamp,
    )  # fmt: skip
    assert len(read_table(tmp_path / "robustness_real.csv")) == 0
    assert read_table(tmp_path / "robustness.csv")["accuracy"].tolist() == [0.5]


def test_the_table_counts_drops_from_the_unshifted_examples(tmp_path, stamp):
    labels = np.tile([0, 1], 4)
    right = {
        "exponential": [1] * 8,
        "ramps": [1] * 6 + [0] * 2,
        "real_background": [1] * 4 + [0] * 4,
    }
    said = [
        {
            "shift": name,
            "index": i,
            "label": labels[i],
            "probability": 0.9 * (labels[i] == ok) + 0.05,
        }
        for name, oks in right.items()
        for i, ok in enumerate(oks)
    ]
    write_frame(tmp_path / "scores.parquet", pd.DataFrame(said), stamp)
    alarms = pd.DataFrame(
        {
            "scene": "islet", "look": ["asc", "asc", "desc", "desc"], "level": [0.5, 0.9] * 2,
            "areas": [3, 1, 1, 0], "scored_km2": 8.0, "area_share": 0.1, "p_max": 0.93,
        }
    )  # fmt: skip
    write_frame(tmp_path / "alarms.parquet", alarms, stamp)
    tabulate_robustness(
        arms=[ARM], scores=[tmp_path / "scores.parquet"], alarms=[tmp_path / "alarms.parquet"],
        threshold=0.5, bins=10, table=tmp_path / "robustness.csv",
        real_table=tmp_path / "robustness_real.csv", stamp=stamp,
    )  # fmt: skip
    table = read_table(tmp_path / "robustness.csv").set_index("shift")
    assert ",".join(table.reset_index().columns) == (
        "shift,source,preset,pixel_m,fill,input,pretraining,network,seed,n_test,accuracy,recall,"
        "fpr,ece,drop,drop_standard_error,false_alarms_per_km2"
    )
    assert list(table["accuracy"]) == [1.0, 0.75, 0.5]
    assert list(table["recall"]) == [1.0, 0.75, 0.5]
    assert list(table["fpr"]) == [0.0, 0.25, 0.5]
    assert list(table["drop"]) == [0.0, -0.25, -0.5]
    # Pairs: two of eight changed; real backgrounds: four of eight are wrong, by themselves.
    errors = np.sqrt([0, (2 / 8) * (6 / 8) / 7, (4 / 8) * (4 / 8) / 7])
    assert list(table["drop_standard_error"]) == pytest.approx(list(errors), abs=1e-6)
    assert table.loc["exponential", "ece"] == pytest.approx(0.05)
    rates = read_table(tmp_path / "robustness_real.csv")["false_alarms_per_km2"]
    assert list(rates) == [0.375, 0.125, 0.125, 0.0]
    assert table["false_alarms_per_km2"].iloc[:2].isna().all()
    assert table.loc["real_background", "false_alarms_per_km2"] == 0.25
    drawn = {end: tmp_path / f"robustness.{end}" for end in ("png", "pdf", "csv")}
    draw_robustness(table=tmp_path / "robustness.csv", confidence=0.95, **drawn, stamp=stamp)
    plotted = read_table(drawn["csv"])
    assert list(plotted["mean"]) == [1.0, 0.75, 0.5]
    assert (plotted["low"] < plotted["mean"]).all()
    assert drawn["png"].stat().st_size > 10_000
