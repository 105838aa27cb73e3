"""The tiny workflow on a real SLURM: whatever happens on the way, the bytes are the local run's."""

import re
import signal

import pytest
from cluster import ACCOUNT
from tiny import Done, Workflow
from trial import MAPS, OVERLAY, RUN_SECONDS, TARGETS, Trial

pytestmark = [pytest.mark.slurm, pytest.mark.timeout(2 * RUN_SECONDS + 100)]

ASC = MAPS[0]
#: Of a job, below the folder that Snakemake runs in.
SCRATCH = "scratch/$SLURM_JOB_ID"


def check(done: Done, trial: Trial, local: Workflow, *targets: str) -> None:
    """Check that a run ended well, and that whatever it made has the local run's bytes."""
    assert done.code == 0, done.text[-4000:]
    made, wanted = trial.workflow.digests(), local.digests()
    assert {target.removeprefix("results/") for target in targets} <= set(made)
    assert [name for name in made if made[name] != wanted.get(name)] == []


def states(trial: Trial) -> list[str]:
    return [state for _, state in trial.jobs("%T")]


def scratched(trial: Trial) -> set[str]:
    """Numbers of the jobs that made a scratch folder."""
    return {path.name for path in trial.workflow.folder.glob("scratch/*")}


def test_every_job_gets_what_its_rule_asks_for(empty_trial: Trial, local: Workflow) -> None:
    trial = empty_trial
    gpu = ("--config", "gpu_gres=gpu:1", "gpu_partition=gpu")
    done = trial.run(*TARGETS, flags=gpu, GROUNDMOTION_TMPDIR=SCRATCH)
    check(done, trial, local, *TARGETS)
    assert states(trial) == ["COMPLETED"] * 11
    asked = {
        re.sub(r"^rule_|_wildcards.*", "", comment): needs
        for _, comment, *needs in trial.jobs("%k %P %b %c %m %l")
    }
    assert asked["grid_scene"] == ["main", "N/A", "1", "2000M", "30:00"]
    assert asked["fill_scene"] == ["main", "N/A", "2", "3000M", "2:00:00"]
    assert asked["detect_look"] == ["gpu", "gres:gpu:1", "2", "3000M", "2:00:00"]
    assert scratched(trial) == {number for number, _ in trial.jobs("%T")}
    assert not list(trial.workflow.folder.glob("logs/slurm/**/*.log"))  # only failures keep theirs


def test_plain_sbatch_does_the_same(trial: Trial, local: Workflow) -> None:
    done = trial.run(
        *MAPS, profile="slurm-generic", SBATCH_PARTITION="gpu", GROUNDMOTION_TMPDIR=SCRATCH
    )
    check(done, trial, local, *MAPS)
    jobs = trial.jobs("%T %P %c %m %l")
    assert [needs for _, *needs in jobs] == [["COMPLETED", "gpu", "1", "2000M", "30:00"]] * 2
    assert scratched(trial) == {number for number, *_ in jobs}
    assert len(list(trial.workflow.folder.glob("logs/slurm/grid_scene-*.log"))) == 2


def test_a_cancelled_job_is_sent_again(trial: Trial, local: Workflow) -> None:
    child = trial.start(ASC)
    trial.cluster.ask("scancel", trial.caught())
    check(trial.end(child), trial, local, ASC)
    assert states(trial) == ["CANCELLED", "COMPLETED"]


def test_a_job_that_hangs_is_ended_by_its_time_limit(trial: Trial, local: Workflow) -> None:
    limit = "grid_scene:runtime=1 if attempt == 1 else 30"
    child = trial.start(ASC, flags=("--set-resources", limit))
    trial.cluster.ask("scancel", "--signal=STOP", trial.caught())
    check(trial.end(child), trial, local, ASC)
    assert trial.jobs("%T %l")[0][1:] == ["TIMEOUT", "1:00"]
    assert trial.jobs("%T %l")[-1][1:] == ["COMPLETED", "30:00"]


def test_a_job_out_of_memory_gets_more(trial: Trial, local: Workflow) -> None:
    """Python, Snakemake and the maps of one scene need more than 250 MB and less than 750 MB."""
    done = trial.run(ASC, flags=("--set-resources", "grid_scene:mem_mb=250"))
    check(done, trial, local, ASC)
    memory = [asked for _, asked in trial.jobs("%m")]
    assert memory == ["250M", "500M", "750M"][: len(memory)]
    assert len(memory) > 1
    assert states(trial)[-1] == "COMPLETED"


def test_a_drained_node_gets_no_more_jobs(trial: Trial, local: Workflow) -> None:
    targets = (*MAPS, TARGETS[1])
    child = trial.start(*targets)
    first = trial.caught()
    node = dict(trial.jobs("%N"))[first]
    trial.cluster.ask("scontrol", "update", f"NodeName={node}", "State=DRAIN", "Reason=trial")
    before = {number for number, _ in trial.jobs("%N", "running")}
    check(trial.end(child), trial, local, *targets)
    assert states(trial) == ["COMPLETED"] * 3
    later = [where for number, where in trial.jobs("%N") if number not in before]
    assert later
    assert node not in later


def test_an_interrupted_run_cancels_its_jobs_and_resumes(trial: Trial, local: Workflow) -> None:
    child = trial.start(*MAPS)
    trial.caught()
    child.send_signal(signal.SIGINT)
    assert trial.end(child).code != 0
    trial.until_idle()
    assert set(states(trial)) == {"CANCELLED"}
    check(trial.run(*MAPS), trial, local, *MAPS)


def test_a_killed_run_resumes_after_unlocking(trial: Trial, local: Workflow) -> None:
    child = trial.start(*MAPS)
    trial.caught()
    child.send_signal(signal.SIGKILL)
    trial.end(child)
    trial.cluster.clear()
    locked = trial.run(*MAPS)
    assert locked.code != 0
    assert "--unlock" in locked.text
    assert trial.run(flags=("--unlock",)).code == 0
    check(trial.run(*MAPS), trial, local, *MAPS)


def test_the_nation_goes_batch_by_batch(empty_trial: Trial, local: Workflow) -> None:
    """Its batches are known only when the list of tiles is there."""
    trial = empty_trial
    assert local("nation", overlay=OVERLAY, seconds=RUN_SECONDS).code == 0
    done = trial.run("nation", flags=("--config", "gpu_gres=gpu:1"))
    check(done, trial, local, "results/scenes/great_britain_nation/areas_point.gpkg")
    asked = {comment.split("_wildcards")[0]: gpu for _, comment, gpu in trial.jobs("%k %b")}
    assert asked == {
        "rule_list_tiles": "N/A",
        "rule_search_batch": "gres:gpu:1",
        "rule_mosaic_tiles": "N/A",
        "rule_outline_regions": "N/A",
    }
    assert set(states(trial)) == {"COMPLETED"}


def test_small_jobs_go_together(trial: Trial, local: Workflow) -> None:
    together = ("--groups", "grid_scene=maps", "--group-components", "maps=2")
    check(trial.run(*MAPS, flags=together), trial, local, *MAPS)
    assert [needs for _, *needs in trial.jobs("%T %c %m")] == [["COMPLETED", "2", "4000M"]]


def test_with_accounting_a_cancelled_job_is_sent_again(
    accounted_trial: Trial, local: Workflow
) -> None:
    trial = accounted_trial
    child = trial.start(ASC, SBATCH_ACCOUNT=ACCOUNT, SBATCH_PARTITION="gpu")
    trial.cluster.ask("scancel", trial.caught())
    check(trial.end(child), trial, local, ASC)
    assert [row[1:] for row in trial.jobs("%T %a %P")] == [
        ["CANCELLED", ACCOUNT, "gpu"],
        ["COMPLETED", ACCOUNT, "gpu"],
    ]
