"""The scripts from examples to Table I and probability maps, on made-up data, without Snakemake."""

import logging
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
import yaml

from groundmotion.artefacts.arrays import read_arrays, write_arrays
from groundmotion.artefacts.maps import read_raster, write_raster
from groundmotion.artefacts.provenance import make_stamp, sha256_of
from groundmotion.artefacts.tables import read_frame, read_json, read_table, write_frame
from groundmotion.errors import InputError
from groundmotion.grid import Grid, grid_over

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"
sys.path.insert(0, str(SCRIPTS))

from calibrate_model import calibrate_model  # noqa: E402
from detect_look import detect_look  # noqa: E402
from draw_reliability import draw_reliability  # noqa: E402
from evaluate_model import evaluate_model  # noqa: E402
from fill_scene import fill_scene  # noqa: E402
from make_volcanoes import make_volcanoes  # noqa: E402
from merge_looks import merge_looks  # noqa: E402
from pretrain_model import pretrain_model  # noqa: E402
from tabulate_table1 import tabulate_table1  # noqa: E402
from train_model import train_model  # noqa: E402

torch.set_num_threads(1)

ARM = {
    "source": "point", "preset": "mining", "pixel_m": 10, "fill": "delaunay", "input": "unwrapped",
    "pretraining": "none", "network": "compact", "seed": 1,
}  # fmt: skip
SETTINGS = {
    "epochs": 3, "batch_size": 8, "precision": "float32", "learning_rate": 1e-3, "weight_decay": 1e-4, "warmup_epochs": 1,
    "patience_epochs": 3, "any_offset": False, "curriculum_epochs": 0, "transferred_rate": 1.0,
    "classes": ["nothing", "point"], "augment": True, "negative_stride_px": 112, "min_points": 1,
    "device": "cpu",
    "wrapping": {
        "intervals_mm_yr": [14.0, 7.0], "offsets_mm_yr": [0.0, 3.5], "offset_mode": "fixed",
        "unwrapped_scale_mm_yr": 5.0,
    },
}  # fmt: skip
WINDOWS = {
    "size_px": 224, "stride_px": 28, "min_points": 20, "smoothing_size_px": 20,
    "smoothing_sigma_px": 5.0,
}  # fmt: skip
CONFIG = yaml.safe_load((SCRIPTS.parent / "config.yaml").read_text(encoding="utf-8"))
DETECTION = {"block_windows": 4, "batch_windows": 8, "precision": "trained"}


@pytest.fixture
def stamp(tmp_path):
    return make_stamp("a_rule", "c0de", {}, [], tmp_path)


@pytest.fixture
def data(tmp_path, stamp) -> dict[str, tuple[Path, Path]]:
    """Three splits of noise, half of it with a bowl."""
    made = {}
    row, col = np.mgrid[:224, :224]
    for number, split in enumerate(("train", "validation", "test")):
        rng, labels = np.random.default_rng(number), np.arange(16) % 2
        maps = rng.normal(0, 1, (16, 224, 224))
        maps += labels[:, None, None] * 6 * np.exp(-((row - 110) ** 2 + (col - 90) ** 2) / 900)
        rows = pd.DataFrame({"index": range(16), "label": labels, "d_prime": labels * 4.0})
        made[split] = (tmp_path / f"{split}.parquet", tmp_path / f"{split}.safetensors")
        write_frame(made[split][0], rows, stamp)
        write_arrays(made[split][1], {"filled": maps.astype(np.float16)}, stamp)
    return made


def _train(data, folder: Path, stamp, negatives=(), start=(), imagenet="", **changes) -> Path:
    files = [data[split] for split in ("train", "validation")]
    train_model(
        examples=[rows for rows, _ in files], filled=[maps for _, maps in files],
        negatives=list(negatives), negative_points=list(negatives), start=list(start), arm=ARM,
        settings={**SETTINGS, **changes}, imagenet_sha256=imagenet, weights=folder / "weights.safetensors",
        model=folder / "model.json", history=folder / "history.csv", stamp=stamp,
    )  # fmt: skip
    return folder


def _digests(folder: Path) -> dict[str, str]:
    return {path.name: sha256_of(path) for path in sorted(folder.iterdir())}


def _cut_off(monkeypatch, after: int) -> None:
    """Make the run die after so many checkpoints."""
    write, written = write_arrays, []

    def dying(path, *others):
        write(path, *others)
        written.append(path)
        if len(written) == after:
            raise KeyboardInterrupt

    monkeypatch.setattr("groundmotion.workflow.training.write_arrays", dying)


def test_a_run_cut_off_ends_with_the_same_bytes(tmp_path, data, stamp, monkeypatch, caplog):
    whole = _digests(_train(data, tmp_path / "whole", stamp))
    assert set(whole) == {
        "weights.safetensors", "model.json", "history.csv", "history.csv.stamp.json"
    }  # fmt: skip
    with monkeypatch.context() as patch:
        _cut_off(patch, after=2)
        with pytest.raises(KeyboardInterrupt):
            _train(data, tmp_path / "cut", stamp)
    assert [path.name for path in (tmp_path / "cut").iterdir()] == [".checkpoint.safetensors"]
    caplog.clear()
    with caplog.at_level(logging.INFO):
        _train(data, tmp_path / "cut", stamp)
    assert sum("val_loss" in message for message in caplog.messages) == 1  # the third epoch alone
    assert _digests(tmp_path / "cut") == whole


@pytest.mark.parametrize("damage", ["cut", "flipped", "text", "other settings"])
def test_a_bad_checkpoint_is_named_and_survived(tmp_path, data, stamp, monkeypatch, caplog, damage):
    whole = _digests(_train(data, tmp_path / "whole", stamp))
    with monkeypatch.context() as patch:
        _cut_off(patch, after=1)
        with pytest.raises(KeyboardInterrupt):
            changes = {"learning_rate": 0.5} if damage == "other settings" else {}
            _train(data, tmp_path / "cut", stamp, **changes)
    kept = tmp_path / "cut/.checkpoint.safetensors"
    raw = bytearray(kept.read_bytes())
    if damage == "cut":
        raw = raw[: len(raw) // 2]
    elif damage == "flipped":
        raw[-1000] ^= 1
    elif damage == "text":
        raw = bytearray(b"not a checkpoint")
    kept.write_bytes(raw)
    with caplog.at_level(logging.WARNING):
        _train(data, tmp_path / "cut", stamp)
    assert any(str(kept) in message and "anew" in message for message in caplog.messages)
    assert _digests(tmp_path / "cut") == whole


def test_real_negatives_join_the_examples(tmp_path, data, stamp):
    transform, shape = grid_over((0, 0, 4500, 2240), 10)
    quiet = Grid(np.zeros(shape, np.float32), transform, "EPSG:27700")
    path = tmp_path / "quiet.tif"
    write_raster(path, quiet, stamp, description="", unit="", simulated=True)
    folder = _train(data, tmp_path / "model", stamp, negatives=[path], epochs=1)
    assert read_json(folder / "model.json")["n_train"] == 16 + 3


def test_from_volcanoes_to_a_fine_tuned_model(tmp_path, data, stamp, monkeypatch, caplog):
    config = yaml.safe_load((SCRIPTS.parent / "config.yaml").read_text())
    made: dict[str, list[Path]] = {"examples": [], "displacement": []}
    for split in ("train", "validation"):
        files = {"examples": tmp_path / f"{split}_volcanoes.parquet",
                 "displacement": tmp_path / f"{split}_volcanoes.safetensors"}  # fmt: skip
        make_volcanoes(split=split, law=config["volcanoes"], poisson_ratio=0.25, per_class=4, seed=1,
                       threads=1, stamp=stamp, **files)  # fmt: skip
        for name, path in files.items():
            made[name].append(path)
    wrapping = {**SETTINGS["wrapping"], "intervals_mm_yr": [28.0], "unwrapped_scale_mm_yr": 28.0}
    first = tmp_path / "volcanic"
    pretrain_model(
        **made, arm={"source": "volcano", "input": "unwrapped", "network": "compact", "seed": 1},
        settings={**SETTINGS, "epochs": 1, "wrapping": wrapping},
        weights=first / "weights.safetensors", model=first / "model.json",
        history=first / "history.csv", stamp=stamp,
    )  # fmt: skip
    assert set(_digests(first)) == {
        "weights.safetensors", "model.json", "history.csv", "history.csv.stamp.json"
    }  # fmt: skip
    told = read_json(first / "model.json")
    assert (told["n_train"], told["n_validation"], told["start"]) == (8, 8, None)
    weights = first / "weights.safetensors"
    folder = _train(
        data, tmp_path / "tuned", stamp, start=[weights], epochs=1, transferred_rate=0.0
    )
    start = read_json(folder / "model.json")["start"]
    assert start["sha256"] == sha256_of(weights)
    before, after = (read_arrays(f / "weights.safetensors") for f in (first, folder))
    assert start["weights"] == sorted(before)
    assert np.array_equal(before["head.weight"], after["head.weight"])  # a rate of zero


@pytest.mark.parametrize("left", [100_000, 50])
def test_a_truncated_data_set_is_named(tmp_path, data, stamp, left):
    maps = data["train"][1]
    maps.write_bytes(maps.read_bytes()[:left])
    with pytest.raises(InputError, match=r"train\.safetensors: (is cut off|holds no readable)"):
        _train(data, tmp_path / "model", stamp)


def test_from_model_to_table_and_map(tmp_path, data, stamp):
    folder = _train(data, tmp_path / "model", stamp)
    parts = {"weights": folder / "weights.safetensors", "model": folder / "model.json"}
    calibrate_model(
        examples=data["validation"][0], filled=[data["validation"][1]], **parts, pixel_m="10",
        settings={"device": "cpu", "batch_windows": 5, "bins": 10, "temperature": [0.1, 20.0],
                  "combination": "largest_offset"},
        calibration=folder / "calibration.json", views=folder / "views.parquet", stamp=stamp,
    )  # fmt: skip
    parts["calibration"] = folder / "calibration.json"
    fitted = read_json(parts["calibration"])
    assert fitted["n_validation"] == 16
    said = read_frame(folder / "views.parquet")
    assert list(said) == ["index", "label", "interval_1_offset_0"]
    scores, evaluation = tmp_path / "scores.parquet", tmp_path / "evaluation.json"
    evaluate_model(
        examples=data["test"][0], filled=[data["test"][1]], **parts, pixel_m="10",
        settings={"device": "cpu", "batch_windows": 5, "calibration_bins": 10,
                  "decision_threshold": 0.5},
        scores=scores, evaluation=evaluation, stamp=stamp,
    )  # fmt: skip
    found = read_frame(scores)
    assert list(found) == ["index", "label", "probability", "probability_raw"]
    assert found["probability"].between(0, 1).all()
    raw = found["probability_raw"]
    odds = np.log(raw / (1 - raw)) / fitted["temperature"] + fitted["bias"]
    odds += fitted["skew"] * np.log(4 * raw * (1 - raw))
    assert np.allclose(found["probability"], 1 / (1 + np.exp(-odds)))
    assert {"ece", "ece_raw"} <= set(read_json(evaluation))
    _draw_reliability(tmp_path, scores, stamp)
    table = _tabulate(tmp_path, parts["model"], evaluation, data["test"][0], stamp)
    row = table.iloc[0]
    assert ",".join(row.index) == (
        "source,preset,pixel_m,fill,input,pretraining,network,seed,n_train,epochs,n_test,tp,fp,tn,"
        "fn,accuracy,precision,recall,fpr,fomr,ece,bound_known,bound,bound_error,run"
    )
    assert list(table["epochs"]) == [3, 0, 0]
    assert set(table["run"]) == {"here"}
    assert row["tp"] + row["fn"] == row["fp"] + row["tn"] == 8
    assert row["bound_known"] == pytest.approx(0.97725, abs=1e-4)  # Φ(2)
    assert list(table["network"]) == ["compact", "matched_filter", "threshold"]
    assert list(table["bound"]) == [0.9375] * 3  # of 16 one is wrong
    assert list(table["accuracy"][1:]) == [1.0, 0.5]
    assert list(table["n_test"]) == [16, 16, 16]
    _map_probability(tmp_path, parts, stamp)


def _tabulate(tmp_path: Path, model: Path, evaluation: Path, examples: Path, stamp) -> pd.DataFrame:
    """Table I beside observers of which one errs once, one never and one always says yes."""
    labels = np.arange(16) % 2
    says = np.where(labels == 1, 5.0, -5.0)
    frame = {"index": range(16), "label": labels, "matched_filter": says + 8, "seconds": 0.5}
    for split in ("validation", "test"):
        says[0] = 1.0
        rows = pd.DataFrame({**frame, "log_likelihood_ratio": says, "threshold": 3.0})
        if split == "validation":
            rows["threshold"] += labels - 2.0
        write_frame(tmp_path / f"{split}_observed.parquet", rows, stamp)
    tabulate_table1(
        models=[model], evaluations=[evaluation], examples=[examples], limit_errors=3.0,
        tuned=[tmp_path / "validation_observed.parquet"],
        observed=[tmp_path / "test_observed.parquet"], other_tables=[], other_observers=[],
        table=tmp_path / "table1.csv", observer_table=tmp_path / "observers.csv", stamp=stamp,
    )  # fmt: skip
    limits = read_table(tmp_path / "observers.csv").set_index("observer")
    assert limits.loc["average_likelihood", "standard_error"] == pytest.approx(0.0786, abs=1e-4)
    assert limits.loc["matched_filter", "examples_per_second"] == 2.0
    assert limits.loc["matched_filter", "threshold"] == 8.0
    return read_table(tmp_path / "table1.csv")


def _draw_reliability(tmp_path: Path, scores: Path, stamp) -> None:
    arm = {key: value for key, value in ARM.items() if key != "seed"}
    files = {end: tmp_path / f"reliability.{end}" for end in ("png", "pdf", "csv")}
    draw_reliability(scores=[scores, scores], arms=[arm, arm], bins=10, confidence=0.95, **files,
                     stamp=stamp)  # fmt: skip
    drawn = read_table(files["csv"])
    assert len(drawn) == 2 * 10
    assert set(drawn["calibration"]) == {"before", "after"}
    assert (drawn.groupby("calibration")["count"].sum() == 2 * 16).all()


def _map_probability(tmp_path: Path, parts: dict[str, Path], stamp) -> None:
    transform, shape = grid_over((0, 0, 4000, 3000), 10)
    rng = np.random.default_rng(0)
    filled = rng.normal(0, 1, shape).astype(np.float32)
    points = np.where(rng.random(shape) < 0.05, filled, np.nan)
    about = {"description": "velocity", "unit": "mm/yr", "simulated": True}
    looks = []
    for look in ("asc117", "desc022"):
        place = tmp_path / look
        for name, values in (("filled", filled), ("velocity", points)):
            grid = Grid(values.astype(np.float32), transform, "EPSG:27700")
            write_raster(place / f"{name}.tif", grid, stamp, **about)
        looks.append(place / "probability_point.tif")
        _detect(looks[-1], [place / "filled.tif"], parts, stamp)
    merged = tmp_path / "probability_point.tif"
    merge_looks(looks=looks, simulated=True, probability=merged, stamp=stamp)
    one, both = read_raster(looks[0]), read_raster(merged)
    assert both.shape == shape
    assert np.allclose(both.values, one.values)  # both looks saw the same
    _fill_for_the_network(looks[0], parts, stamp)


def _detect(probability: Path, filled: list[Path], parts: dict[str, Path], stamp) -> None:
    detect_look(
        velocity=probability.with_name("velocity.tif"), filled=filled, variogram=[], **parts,
        fills=CONFIG["fills"], density=[0.01, 0.3], windows=WINDOWS, detection=DETECTION,
        device="cpu", simulated=True, probability=probability, threads=1, stamp=stamp,
    )  # fmt: skip


def _fill_for_the_network(given: Path, parts: dict[str, Path], stamp) -> None:
    """Without a map that is filled as the network knows maps, the search makes it: the same."""
    own, made = given.with_name("own.tif"), given.with_name("delaunay.tif")
    fill_scene(
        velocity=given.with_name("velocity.tif"), variogram=[], method="delaunay",
        fills=CONFIG["fills"], simulated=True, filled=made, threads=1, stamp=stamp,
    )  # fmt: skip
    _detect(own, [], parts, stamp)
    before = read_raster(given).values
    _detect(given, [made], parts, stamp)
    after = read_raster(given).values
    assert np.array_equal(read_raster(own).values, after, equal_nan=True)
    assert not np.allclose(before, after, equal_nan=True)  # it was shown another map


def test_a_look_of_too_few_points_is_told_in_the_log(tmp_path, caplog):
    transform, shape = grid_over((0, 0, 4000, 3000), 10)
    points = np.full(shape, np.nan, np.float32)
    points[::90, ::90] = -28.0
    stamp = make_stamp("a_rule", "c0de", {}, [], tmp_path)
    about = {"description": "velocity", "unit": "mm/yr", "simulated": True}
    write_raster(tmp_path / "velocity.tif", Grid(points, transform, "EPSG:27700"), stamp, **about)
    shipped = SCRIPTS.parent / "results/published/models/point/mining/10/none/unwrapped/none"
    files = {
        "weights": "weights.safetensors",
        "model": "model.json",
        "calibration": "calibration.json",
    }
    parts = {name: shipped / "multiscale/1" / file for name, file in files.items()}
    with caplog.at_level(logging.WARNING):
        _detect(tmp_path / "probability_point.tif", [], parts, stamp)
    assert "no window of 2.24 km holds 20 points: at most 9" in caplog.text
    assert "does not mean that nothing moves" in caplog.text
    assert np.isnan(read_raster(tmp_path / "probability_point.tif").values).all()
