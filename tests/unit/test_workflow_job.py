import logging
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from groundmotion.errors import InputError
from groundmotion.workflow.job import run_job

ROOT = Path(__file__).parents[2]


class Named(list):
    """What Snakemake hands over: a list whose items may have names."""

    def __init__(self, **named):
        for value in named.values():
            self.extend(value) if isinstance(value, list) else self.append(value)
        self._named = named

    def items(self):
        return self._named.items()


@pytest.fixture
def job(tmp_path):
    (tmp_path / "in.txt").write_text("x")
    return SimpleNamespace(
        rule="a_rule",
        input=Named(points=str(tmp_path / "in.txt"), maps=["a.tif", "b.tif"]),
        output=Named(table="out.csv"),
        params=Named(code="c0de", settings={"bins": 3}),
        wildcards=Named(scene="ustica"),
        log=[str(tmp_path / "logs/a.log")],
        threads=2,
    )


def test_the_function_gets_what_its_signature_names(job):
    got = {}

    def function(*, points, maps, table, settings, scene, threads, stamp):
        got.update(locals())

    run_job(function, job)
    assert got["points"].name == "in.txt"
    assert got["maps"] == [Path("a.tif"), Path("b.tif")]
    assert (got["table"], got["settings"], got["scene"]) == (Path("out.csv"), {"bins": 3}, "ustica")
    assert got["threads"] == 2
    assert got["stamp"].config == {"scene": "ustica", "settings": {"bins": 3}}
    assert got["stamp"].code == "c0de"


def test_a_name_that_the_rule_does_not_give_is_a_mistake(job):
    def function(*, raster):
        del raster

    with pytest.raises(TypeError, match="does not give raster"):
        run_job(function, job)


def test_an_input_error_becomes_one_message_and_status_1(job, capsys):
    def function(*, points):
        raise InputError(f"{points}: expected a header")

    with pytest.raises(SystemExit) as stopped:
        run_job(function, job)
    assert stopped.value.code == 1
    log = Path(job.log[0]).read_text()
    assert "expected a header" in log
    assert "Traceback" not in log + capsys.readouterr().err


def test_other_errors_leave_their_traceback_in_the_log(job):
    def function():
        raise ZeroDivisionError("a mistake of ours")

    with pytest.raises(ZeroDivisionError):
        run_job(function, job)
    assert "a mistake of ours" in Path(job.log[0]).read_text()


@pytest.fixture(autouse=True)
def _restore_logging():
    yield
    logging.basicConfig(handlers=[logging.NullHandler()], level=logging.WARNING, force=True)


def test_what_a_job_loads_later_works_on_one_thread_whatever_the_cores():
    script = """
from types import SimpleNamespace

from groundmotion.workflow.job import run_job


def function():
    from scipy import linalg  # noqa: F401
    from threadpoolctl import threadpool_info

    print(*(pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"))


class Empty(list):
    def items(self):
        return ()


run_job(function, SimpleNamespace(
    rule="a_rule", input=Empty(), output=Empty(), params=Empty(), wildcards=Empty(), log=[],
    threads=2))
"""
    environment = {**os.environ, "OMP_NUM_THREADS": "2", "PYTHONPATH": str(ROOT / "scripts")}
    environment.pop("OPENBLAS_NUM_THREADS", None)
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True,
        env=environment,
    )  # fmt: skip
    assert set(done.stdout.split()) == {"1"}
