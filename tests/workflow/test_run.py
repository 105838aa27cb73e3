"""The tiny workflow from end to end, and what a second look at it does."""

import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from tiny import FULL_RUN_SECONDS, Workflow

from groundmotion.artefacts.files import stamp_path
from groundmotion.artefacts.provenance import imported_modules, sha256_of
from groundmotion.artefacts.stamps import read_stamp
from groundmotion.artefacts.tables import read_table
from groundmotion.workflow.configuration import arms_of

pytestmark = [pytest.mark.workflow, pytest.mark.timeout(FULL_RUN_SECONDS + 100)]

ARM = "source,preset,pixel_m,fill,input,pretraining,network,seed"
#: Tables and their columns, in this order; further ones may follow.
TABLES = {
    "table1": f"{ARM},n_train,epochs,n_test,tp,fp,tn,fn,accuracy,precision,recall,fpr,fomr,ece,"
    "bound_known,bound",
    "wraps": f"{ARM},n_train,what,interval_mm_yr,offset_mm_yr,auc,accuracy,standard_error,"
    "n_validation",
    "kinds": "preset,pixel_m,fill,input,pretraining,network,seed,n_train,truth,n_test,"
    "called_nothing,called_point,called_line",
    "two_looks": "source,preset,pixel_m,fill,pretraining,network,seed,n_train,looks,n_test,"
    "accuracy,recall,fpr,ece",
    "interpolation": "fill,density,bowl_m,seed,rmse_mm_yr,peak_bias_mm_yr,seconds",
    "observers": "source,preset,pixel_m,observer,accuracy,standard_error,n_test,threshold,"
    "examples_per_second",
    "robustness": f"{ARM},shift,n_test,accuracy,recall,fpr,ece,drop,drop_standard_error,"
    "false_alarms_per_km2",
    "robustness_real": f"{ARM},scene,look,level,areas,scored_km2,false_alarms_per_km2,area_share,"
    "p_max",
    "detectability": "source,pixel_m,detector,density_from,density_to,size_m_from,size_m_to,n,"
    "velocity_mm_yr,low,high",
    "detectability_recall": "source,pixel_m,detector,density_from,density_to,peak_mm_yr_from,"
    "peak_mm_yr_to,n,found,n_quiet",
    "detectors": "scene,detector,overlap,areas,true_found,true_total,false_areas,precision,recall,"
    "f1,iou_median,flagged_km2,false_km2_per_100_km2,direction_right",
    "trials": "noise,peak_mm_yr,noise_scale,detector,overlap,radius_m_from,radius_m_to,density_from,"
    "density_to,trials,areas,true_found,true_total,false_areas,precision,recall,f1",
}
#: Files without a stamp: the sidecars themselves, what others define, and measured times.
UNSTAMPED = (".stamp.json", "report.html", "ro-crate-metadata.json")


@pytest.fixture(scope="module")
def planned(fresh: Workflow) -> set[str]:
    """Every file below ``results`` that the workflow says it makes, from its own lists."""
    done = fresh.elsewhere(fresh.folder.with_name("planned"))(flags=["--summary"])
    assert done.code == 0, done.text[-4000:]
    return {path.removeprefix("results/") for path in done.files()}


def stems(paths: Iterable[str], folder: str, end: str) -> set[str]:
    """Names of the files of one kind in one folder."""
    return {Path(p).stem for p in paths if p == f"{folder}/{Path(p).stem}{end}"}


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
                f"scenes/{name}/{look}/{m}.tif"
                for m in ("velocity", "filled", "filled_std", "significance")
            )
        yield from (f"scenes/{name}/{m}" for m in ("noise.json", "significance.tif"))
        for source in scene.get("sources", ["point", "line"]):
            yield f"scenes/{name}/probability_{source}.tif"
            yield f"scenes/{name}/areas_{source}.gpkg"
        layers = ("sources", "thresholds", "clusters", "truth")
        yield from (f"scenes/{name}/{layer}.gpkg" for layer in layers)
        yield from (f"figures/sources_{name}.{end}" for end in ("png", "pdf", "csv"))
    for arm in arms_of(config, config["table1"]):
        yield from (
            f"{model_folder(arm)}/{file}"
            for file in ("weights.safetensors", "history.csv", "calibration.json")
        )
        for split in ("train", "validation", "test"):
            dataset = f"datasets/{arm['source']}/{arm['preset']}/{arm['pixel_m']}/{split}"
            yield f"{dataset}/examples.parquet"
            yield f"{dataset}/observations.safetensors"
    yield from (f"tables/{table}.csv" for table in TABLES)
    yield from ("report.html", "manifest.json", "ro-crate-metadata.json")


def model_folder(arm: dict[str, Any]) -> str:
    """Folder of a model below ``results``."""
    return "models/" + "/".join(str(arm[key]) for key in ARM.split(","))


def test_the_plan_holds_the_contract_and_every_figure_in_its_three_files(
    fresh: Workflow, planned: set[str]
) -> None:
    assert set(contract(fresh)) - planned == set()
    figures = stems(planned, "figures", ".png")
    assert {f"fig{number}" for number in range(1, 9)} | {"s1", "s7", "table1"} <= figures
    for end in (".pdf", ".csv"):
        assert stems(planned, "figures", end) == figures


def test_every_figure_and_study_is_a_target_by_its_name(
    fresh: Workflow, tmp_path: Path, planned: set[str]
) -> None:
    listed = fresh.elsewhere(tmp_path)(flags=["--list-target-rules"])
    assert listed.code == 0, listed.text
    targets = {line.split()[0] for line in listed.text.splitlines() if line.strip()}
    tables = stems(planned, "tables", ".csv") - {"observers"}  # comes with Table I
    assert (stems(planned, "figures", ".png") | tables) - targets == set()


def test_every_planned_file_is_there(finished: Workflow, planned: set[str]) -> None:
    assert planned - set(finished.digests()) == set()


def test_every_table_of_the_plan_has_columns_of_the_contract(planned: set[str]) -> None:
    assert stems(planned, "tables", ".csv") == set(TABLES)


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
    assert (len(found) == 0) == (table == "robustness_real")


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
    arms = arms_of(finished.config, finished.config["table1"])
    arm = next(arm for arm in arms if arm["network"] == "alexnet")
    targets = [
        "areas_line.gpkg",
        "thresholds.gpkg",
        "truth.gpkg",
        "asc/filled_std.tif",
        "asc/significance.tif",
    ]
    done = alone(
        f"results/{model_folder(arm)}/evaluation.json",
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


@pytest.mark.parametrize("module", ["areas/polygons", "patches/wrapping", "points/merging"])
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


def test_editing_a_fill_reruns_just_the_rules_that_fill_by_it(
    finished: Workflow, altered: Callable[[Path, bytes], None]
) -> None:
    """Rules say by name which fill they use; the tiny run fills by others than kriging."""
    edited = finished.checkout / "scripts/groundmotion/interpolation/kriging.py"
    altered(edited, edited.read_bytes() + b"# edited\n")
    summary = finished(flags=["--detailed-summary"])
    assert summary.code == 0, summary.text
    changed = summary.changed()
    assert {"estimate_fill_error", "tabulate_interpolation", "fill_interpolation_map"} <= changed
    assert not changed & {"fill_scene", "fill_examples", "score_robustness", "detect_look"}
