"""The tiny workflow from end to end, and what a second look at it does."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd
import pytest
from tiny import FULL_RUN_SECONDS, Workflow

from groundmotion.artefacts.files import stamp_path
from groundmotion.artefacts.provenance import imported_modules, sha256_of
from groundmotion.artefacts.stamps import read_stamp
from groundmotion.artefacts.tables import read_table

pytestmark = [pytest.mark.workflow, pytest.mark.timeout(FULL_RUN_SECONDS + 100)]

FIGURES = [
    *(f"fig{i}" for i in range(1, 9)),
    *(f"s{i}" for i in range(1, 8)),
    "reliability",
    "robustness",
]
TABLES = {
    "table1": "source,preset,pixel_m,fill,input,pretraining,network,seed,n_train,n_test,tp,fp,tn,fn,"
    "accuracy,precision,recall,fpr,fomr,ece,bound_known,bound",
    "interpolation": "fill,density,bowl_m,seed,rmse_mm_yr,peak_bias_mm_yr,seconds",
    "observers": "source,preset,pixel_m,observer,accuracy,standard_error,n_test,threshold,"
    "examples_per_second",
    "robustness": "source,preset,pixel_m,fill,input,pretraining,network,seed,shift,n_test,accuracy,recall,"
    "fpr,ece,drop,drop_standard_error,false_alarms_per_km2",
    "false_alarms": "source,preset,pixel_m,fill,input,pretraining,network,seed,scene,look,level,areas,"
    "scored_km2,false_alarms_per_km2,area_share,p_max",
    "detectors": "scene,detector,areas,true_found,true_total,false_areas,precision,recall,f1",
}
#: Files without a stamp: the sidecars themselves, what others define, and measured times.
UNSTAMPED = (".stamp.json", "report.html", "ro-crate-metadata.json")


def contract(workflow: Workflow) -> Iterator[str]:
    """Paths below ``results`` that others rely on, for the scenes of the tiny configuration."""
    config = workflow.config
    for name in config["active_scenes"]:
        scene = config["scenes"][name]
        for look in scene["looks"]:
            yield f"points/{name}/{look}.parquet"
        if scene.get("role") == "training":
            continue
        for look in scene["looks"]:
            yield f"variogram/{name}/{look}.json"
            yield from (
                f"scenes/{name}/{look}/{m}.tif" for m in ("velocity", "filled", "filled_std")
            )
        for source in scene.get("sources", ["point", "line"]):
            yield f"scenes/{name}/probability_{source}.tif"
            yield f"scenes/{name}/areas_{source}.gpkg"
        yield from (f"scenes/{name}/{layer}.gpkg" for layer in ("thresholds", "truth"))
    for arm in config["table1"]:
        names = ("source", "preset", "pixel_m", "fill", "input", "pretraining", "network")
        folder = "/".join(str(arm[key]) for key in names)
        for seed in arm["seeds"]:
            yield from (
                f"models/{folder}/{seed}/{file}"
                for file in ("weights.safetensors", "history.csv", "calibration.json")
            )
        for split in ("train", "validation", "test"):
            dataset = f"datasets/{arm['source']}/{arm['preset']}/{arm['pixel_m']}/{split}"
            yield f"{dataset}/examples.parquet"
            yield f"{dataset}/observations.safetensors"
    yield from (f"tables/{table}.csv" for table in TABLES)
    yield from (f"figures/{name}.{end}" for name in FIGURES for end in ("png", "pdf", "csv"))
    yield from ("report.html", "manifest.json", "ro-crate-metadata.json")


def test_every_path_of_the_contract_is_there(finished: Workflow) -> None:
    missing = set(contract(finished)) - set(finished.digests())
    assert not missing


def test_every_artefact_is_stamped(finished: Workflow) -> None:
    for name in finished.digests():
        if name.endswith(UNSTAMPED):
            continue
        path = finished.folder / "results" / name
        stamp = read_stamp(path)
        assert stamp["rule"], name
        assert stamp["code"], name
        sidecar = stamp_path(path)
        if sidecar.is_file():
            assert stamp["payload_sha256"] == sha256_of(path), name
        assert str(finished.folder) not in json.dumps(stamp), f"{name}: a path of this machine"


def test_no_partial_file_stays(finished: Workflow) -> None:
    assert not [name for name in finished.digests() if "partial" in name]


@pytest.mark.parametrize("table", TABLES)
def test_tables_have_the_columns_of_the_contract(finished: Workflow, table: str) -> None:
    found = read_table(finished.folder / f"results/tables/{table}.csv")
    promised = TABLES[table].split(",")
    assert list(found.columns)[: len(promised)] == promised
    # alarms are counted in real scenes, and the tiny run has none
    assert (len(found) == 0) == (table == "false_alarms")


def test_table1_is_a_confusion_matrix_of_the_test_set(finished: Workflow) -> None:
    table = read_table(finished.folder / "results/tables/table1.csv")
    counts = table[["tp", "fp", "tn", "fn"]]
    assert (counts.sum(axis=1) == table["n_test"]).all()
    pd.testing.assert_series_equal(
        table["accuracy"], (table["tp"] + table["tn"]) / table["n_test"],
        check_names=False, rtol=1e-4,
    )  # fmt: skip


def test_a_second_run_does_nothing(finished: Workflow) -> None:
    assert finished().idle


def test_one_core_gives_the_bytes_of_two(finished: Workflow, tmp_path: Path) -> None:
    alone = finished.elsewhere(tmp_path / "run")
    arm = "results/models/point/mining/10/matrix_completion/wrapped/none/alexnet/1"
    targets = ["areas_line.gpkg", "thresholds.gpkg", "truth.gpkg", "asc/filled_std.tif"]
    done = alone(
        f"{arm}/evaluation.json",
        *(f"results/scenes/london/{name}" for name in targets),
        cores=1,
        seconds=FULL_RUN_SECONDS,
    )
    assert done.code == 0, done.text[-4000:]
    both, one = finished.digests(), alone.digests()
    assert len(one) > 20
    assert [name for name in one if one[name] != both[name]] == []


def test_one_figure_is_one_job(finished: Workflow) -> None:
    plan = finished("results/figures/fig5.png", flags=["--force", "--dry-run"]).planned()
    assert sum(plan.values()) == 1, plan


@pytest.mark.parametrize("module", ["areas", "wrapping", "points/merging"])
def test_editing_a_module_reruns_just_the_rules_that_import_it(
    finished: Workflow, altered: Callable[[Path, bytes], None], module: str
) -> None:
    scripts = finished.checkout / "scripts"
    edited = scripts / f"groundmotion/{module}.py"
    users = {
        script.stem
        for script in scripts.glob("*.py")
        if edited in imported_modules(script, scripts)
    }
    in_the_run = set(finished(flags=["--forceall", "--dry-run"]).planned())
    altered(edited, edited.read_bytes() + b"# edited\n")
    summary = finished(flags=["--detailed-summary"])
    assert summary.code == 0, summary.text
    assert summary.changed() == users & in_the_run
    plan = set(finished(flags=["--dry-run"]).planned())
    assert users & in_the_run <= plan < in_the_run
