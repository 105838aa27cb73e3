"""What ships under ``results/published`` is whole, stamped, and explained column by column."""

import re
from pathlib import Path

import pandas as pd
import pytest
import torch

from groundmotion.artefacts.arrays import read_arrays
from groundmotion.artefacts.files import stamp_path
from groundmotion.artefacts.provenance import sha256_of
from groundmotion.artefacts.stamps import read_stamp
from groundmotion.artefacts.tables import read_json
from groundmotion.detection.calibration import calibration_from
from groundmotion.detection.dense import load_dense

ROOT = Path(__file__).resolve().parents[2]
PUBLISHED = ROOT / "results/published"
OUTPUTS = (ROOT / "docs/outputs.md").read_text(encoding="utf-8")
FOLDERS = {"tables", "figures", "models", "scenes", "benchmarks", "variogram", "datasets", "points"}
FILES = sorted(
    path
    for path in PUBLISHED.rglob("*")
    if path.is_file() and path.suffix != ".md" and not path.name.startswith(".")
)
ARTEFACTS = [path for path in FILES if not path.name.endswith(".stamp.json")]
LARGEST_MB = 50


def name_of(path: Path) -> str:
    return path.relative_to(PUBLISHED).as_posix()


@pytest.mark.parametrize("path", ARTEFACTS, ids=name_of)
def test_a_published_file_carries_its_stamp(path: Path) -> None:
    stamp = read_stamp(path)
    assert stamp["rule"]
    assert stamp["code"]
    if stamp_path(path).is_file():
        assert stamp["payload_sha256"] == sha256_of(path)


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_a_published_file_is_small_and_lies_where_a_run_puts_it(path: Path) -> None:
    assert path.relative_to(PUBLISHED).parts[0] in FOLDERS
    assert path.stat().st_size < LARGEST_MB * 1e6


@pytest.mark.parametrize(
    "path", [path for path in FILES if path.name.endswith(".stamp.json")], ids=name_of
)
def test_a_published_stamp_has_its_file(path: Path) -> None:
    assert path.with_name(path.name.removesuffix(".stamp.json")).is_file()


def test_the_published_dense_network_is_whole_and_calibrated() -> None:
    folder = PUBLISHED / "models/dense/1"
    weights = read_arrays(folder / "weights.safetensors")
    description, calibration = (
        read_json(folder / f"{name}.json") for name in ("model", "calibration")
    )
    assert load_dense(weights, description, calibration, torch.device("cpu"))
    codes = {read_stamp(folder / f"{name}.json")["code"] for name in ("model", "calibration")}
    assert len(codes) == 1


@pytest.mark.parametrize(
    "path", [p for p in sorted(PUBLISHED.glob("models/**/model.json")) if "dense" not in p.parts],
    ids=name_of,
)  # fmt: skip
def test_a_published_model_is_whole_and_calibrated_as_it_is(path: Path) -> None:
    calibration = path.with_name("calibration.json")
    assert calibration_from(read_json(calibration))
    seen = read_stamp(calibration)["inputs"].values()
    assert sha256_of(path) in seen
    assert sha256_of(path.with_name("weights.safetensors")) in seen


def sections_on_columns() -> dict[str, str]:
    """Return what docs/outputs.md says of each table, and of the benchmarks together."""
    found = re.findall(r"^#{2,3} .*?`(tables/\w+\.csv|benchmarks/)`(.*?)(?=^#{2,3} |\Z)", OUTPUTS,
                       re.MULTILINE | re.DOTALL)  # fmt: skip
    return dict(found)


@pytest.mark.parametrize("path", [p for p in ARTEFACTS if p.suffix == ".csv"], ids=name_of)
def test_every_column_is_explained_with_its_unit(path: Path) -> None:
    sections, name = sections_on_columns(), name_of(path)
    if name.startswith("models/"):
        told = OUTPUTS
    elif name.startswith("benchmarks/"):
        told = sections["benchmarks/"]
    else:
        # table1_ablation.csv and the like have the columns of table1.csv
        stems = [key.removesuffix(".csv") for key in sections if name.startswith(key[:-4])]
        told = sections[f"{max(stems, key=len)}.csv"]
    columns = [str(column) for column in pd.read_csv(path, nrows=1)]
    assert not [column for column in columns if f"`{column}`" not in told]
