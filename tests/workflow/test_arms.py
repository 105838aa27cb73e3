"""A reduced version of every model that arms can name: trained, calibrated and tested."""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
import yaml
from tiny import merge

from groundmotion.artefacts.arrays import write_arrays
from groundmotion.artefacts.provenance import make_stamp
from groundmotion.artefacts.tables import read_frame, read_json, read_table, write_frame
from groundmotion.errors import InputError
from groundmotion.names import COMBINATIONS

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))

from calibrate_model import calibrate_model  # noqa: E402
from evaluate_model import evaluate_model  # noqa: E402
from tabulate_kinds import tabulate_kinds  # noqa: E402
from tabulate_two_looks import tabulate_two_looks  # noqa: E402
from tabulate_wraps import tabulate_wraps  # noqa: E402
from train_model import train_model  # noqa: E402

torch.set_num_threads(1)

CONFIG = yaml.safe_load((ROOT / "config.yaml").read_text())
PAPER = yaml.safe_load((ROOT / "config/paper.yaml").read_text())
#: What lies over config.yaml.
OVERLAYS = [yaml.safe_load(path.read_text()) for path in sorted((ROOT / "config").glob("*.yaml"))]
MODELS = [
    model
    for config in (CONFIG, *(merge(CONFIG, overlay) for overlay in OVERLAYS))
    for model in config["models"].values()
]
ARMS = sorted({(model["network"], model["input"], model["fill"] == "none") for model in MODELS})
SCORING = {"device": "cpu", "batch_windows": 5}
COUNT = 8


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("arms")


@pytest.fixture(scope="module")
def stamp(folder):
    return make_stamp("a_rule", "c0de", {}, [], folder)


@pytest.fixture(scope="module")
def data(folder, stamp) -> dict[str, Path]:
    """Examples of two kinds, by file name: bowls and troughs, on points and everywhere."""
    made, (row, col) = {}, np.mgrid[:224, :224]
    shapes = {"point": (row - 110) ** 2 + (col - 90) ** 2, "line": (col - 100) ** 2}
    for number, (kind, far) in enumerate(shapes.items()):
        labels = np.arange(COUNT) % 2
        table = pd.DataFrame({"index": range(COUNT), "label": labels, "d_prime": labels * 9.0})
        made[kind] = folder / f"{kind}.parquet"
        write_frame(made[kind], table, stamp)
        for name in ("full", "sparse", "std", "second"):
            rng = np.random.default_rng([number, len(name)])
            maps = rng.normal(0, 0.5, (COUNT, 224, 224))
            maps += labels[:, None, None] * 8 * np.exp(-far / 900)
            if name == "std":
                maps = np.abs(rng.normal(1, 0.1, maps.shape))
            if name in ("sparse", "second"):
                maps[rng.random(maps.shape) < 0.95] = np.nan
            made[f"{kind}/{name}"] = folder / f"{kind}_{name}.safetensors"
            write_arrays(made[f"{kind}/{name}"], {"filled": maps.astype(np.float16)}, stamp)
    return made


def _settings(network: str, classes: list[str]) -> dict:
    kind = "alexnet" if network.startswith("alexnet") else network
    shared = {key: CONFIG["training"][key] for key in ("augment", "negative_stride_px")}
    return {
        **CONFIG["training"][kind], **PAPER["training"][kind], "epochs": 1, "batch_size": 4,
        **shared, "min_points": 1, "classes": classes, "wrapping": CONFIG["wrapping"],
        "device": "cpu",
    }  # fmt: skip


def _train(folder, data, stamp, arm, kinds, maps) -> dict[str, Path]:
    tables = [data[kind] for kind in kinds]
    files = [data[f"{kind}/{name}"] for kind in kinds for name in maps]
    made = {name: folder / f"{name}.json" for name in ("model", "calibration")}
    made["weights"] = folder / "weights.safetensors"
    train_model(
        examples=tables * 2, filled=files * 2, negatives=[], negative_points=[], start=[], arm=arm,
        settings=_settings(arm["network"], ["nothing", *kinds]), imagenet_sha256="",
        weights=made["weights"], model=made["model"], history=folder / "history.csv", stamp=stamp,
    )  # fmt: skip
    if len(kinds) == 1:
        calibrate_model(
            examples=tables[0], filled=files, weights=made["weights"], model=made["model"],
            pixel_m="10", calibration=made["calibration"], views=folder / "views.parquet", stamp=stamp,
            settings={
                **SCORING, "bins": 5, "temperature": [0.1, 20.0], "combination": "mean_logit",
            },
        )  # fmt: skip
    return made


def _arm(network: str, shown: str, **others) -> dict:
    arm = {"source": "point", "preset": "mining", "pixel_m": 10, "fill": "none", "input": shown}
    return {**arm, "pretraining": "none", "network": network, "seed": 1, **others}


@pytest.mark.parametrize(("network", "shown", "sparse"), ARMS)
def test_every_arm_is_trained_and_tested(tmp_path, data, stamp, network, shown, sparse):
    maps = ["sparse" if sparse else "full", *(["std"] if shown == "unwrapped_std" else [])]
    made = _train(tmp_path, data, stamp, _arm(network, shown), ["point"], maps)
    evaluate_model(
        examples=data["point"], filled=[data[f"point/{name}"] for name in maps], **made,
        pixel_m="10", settings={**SCORING, "calibration_bins": 5, "decision_threshold": 0.5},
        scores=tmp_path / "scores.parquet", evaluation=tmp_path / "evaluation.json", stamp=stamp,
    )  # fmt: skip
    found = read_json(tmp_path / "evaluation.json")
    assert found["tp"] + found["fn"] == found["fp"] + found["tn"] == COUNT // 2
    assert read_frame(tmp_path / "scores.parquet")["probability"].between(0, 1).all()
    assert read_json(made["calibration"])["combination"] == "mean_logit"
    if shown.startswith("wrapped"):
        _check_ways(tmp_path, made["model"], stamp)


def _check_ways(folder: Path, model: Path, stamp) -> None:
    tabulate_wraps(
        models=[model], scores=[folder / "views.parquet"], table=folder / "wraps.csv", stamp=stamp
    )  # fmt: skip
    ways = read_table(folder / "wraps.csv").set_index("what")
    said = read_frame(folder / "views.parquet")
    assert len(ways) == said.shape[1] - 2 + len(COMBINATIONS)
    assert ways.loc[list(COMBINATIONS), "interval_mm_yr"].isna().all()
    first = ways.loc["first", ["auc", "accuracy"]]
    assert tuple(ways[["auc", "accuracy"]].iloc[0]) == tuple(first)


def test_kinds_are_told_apart(tmp_path, data, stamp):
    arm = _arm("multiscale", "unwrapped", source="kinds")
    made = _train(tmp_path, data, stamp, arm, ["point", "line"], ["sparse"])
    told = read_json(made["model"])
    assert (told["training"]["classes"], told["n_train"]) == (["nothing", "point", "line"], 16)
    tabulate_kinds(
        examples=[data["point"], data["line"]], filled=[data["point/sparse"], data["line/sparse"]],
        weights=[made["weights"]], models=[made["model"]], device="cpu", batch_windows=5,
        table=tmp_path / "kinds.csv", stamp=stamp,
    )  # fmt: skip
    table = read_table(tmp_path / "kinds.csv").set_index("truth")
    assert table["n_test"].to_dict() == {"nothing": 8, "point": 4, "line": 4}
    called = table[["called_nothing", "called_point", "called_line"]]
    assert (called.sum(axis=1) == table["n_test"]).all()


def test_wrapped_images_do_not_tell_kinds_apart(tmp_path, data, stamp):
    made = _train(tmp_path, data, stamp, _arm("compact", "wrapped"), ["point", "line"], ["full"])
    with pytest.raises(InputError, match="unwrapped"):
        tabulate_kinds(
            examples=[data["point"]], filled=[data["point/full"]], weights=[made["weights"]],
            models=[made["model"]], device="cpu", batch_windows=5, table=tmp_path / "kinds.csv",
            stamp=stamp,
        )  # fmt: skip


def test_two_looks_at_once_are_compared_with_their_average(tmp_path, data, stamp):
    one = _train(
        tmp_path / "one", data, stamp, _arm("multiscale", "unwrapped"), ["point"], ["sparse"]
    )
    both = _train(
        tmp_path / "both", data, stamp, _arm("multiscale", "unwrapped_looks"), ["point"],
        ["sparse", "second"],
    )  # fmt: skip
    names = {"weights": "weights", "model": "models", "calibration": "calibrations"}
    tabulate_two_looks(
        examples=[data["point"]], first=[data["point/sparse"]], second=[data["point/second"]],
        **{f"one_{names[key]}": [path] for key, path in one.items()},
        **{f"both_{names[key]}": [path] for key, path in both.items()},
        settings={**SCORING, "threshold": 0.5, "bins": 5}, table=tmp_path / "two_looks.csv",
        stamp=stamp,
    )  # fmt: skip
    table = read_table(tmp_path / "two_looks.csv")
    assert list(table["looks"]) == ["one", "average", "both"]
    assert (table["n_test"] == COUNT).all()


def test_two_looks_are_refused_by_networks_of_one(tmp_path, data, stamp):
    with pytest.raises(InputError, match="two looks"):
        _train(
            tmp_path, data, stamp, _arm("compact", "unwrapped_looks"), ["point"],
            ["sparse", "second"],
        )  # fmt: skip
