"""A throw-away SLURM cluster on one machine, with files, sockets, ports and daemons of its own."""

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

PACKAGES = ("slurmctld", "slurmd", "slurm-client", "munge")
ACCOUNTING_PACKAGES = ("slurmdbd", "mariadb-server")
NAME, ACCOUNT = "trial", "lab"
START_SECONDS = 60
#: Before a command: it is killed when this process ends, however that comes about.
ENDS_WITH_US = ("setpriv", "--pdeathsig", "KILL")

# Neither systemd nor cgroups are needed: processes are followed by their parents, memory is polled.
SLURM_CONF = """\
ClusterName={name}
SlurmctldHost={host}(127.0.0.1)
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket={munge}
SlurmctldPort={port}
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/%n.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/%n.log
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/%n
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
ReturnToService=2
KillWait=2
MinJobAge=3600
SchedulerParameters=sched_interval=1,sched_min_interval=0,batch_sched_delay=0
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=1
JobAcctGatherParams=OverMemoryKill
GresTypes=gpu
SlurmdParameters=config_overrides
{accounting}
{nodes}
PartitionName=main Nodes=ALL Default=YES MaxTime=24:00:00 DefMemPerCPU=500
PartitionName=gpu Nodes=n1 MaxTime=24:00:00 DefMemPerCPU=500
"""

ACCOUNTING_CONF = """\
AccountingStorageType=accounting_storage/slurmdbd
AccountingStorageHost=127.0.0.1
AccountingStoragePort={port}
AccountingStoragePass={munge}
AccountingStorageEnforce=associations
"""

SLURMDBD_CONF = """\
AuthType=auth/munge
AuthInfo=socket={munge}
DbdHost=localhost
DbdAddr=127.0.0.1
DbdPort={port}
SlurmUser=root
PidFile={folder}/slurmdbd.pid
LogFile={folder}/slurmdbd.log
StorageType=accounting_storage/mysql
StorageHost=127.0.0.1
StoragePort={database_port}
StorageUser=slurm
StoragePass=slurm
StorageLoc=slurm
"""


def free_port() -> int:
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])


def lacking(accounting: bool) -> str:
    """Install what a cluster needs where that leaves nothing running; return why there is none."""
    programs = ["slurmctld", "slurmd", "sbatch", "munged"]
    programs += ["slurmdbd", "mariadbd"] if accounting else []
    if os.geteuid() != 0:
        return "slurmctld and slurmd must be started by root"
    if all(map(shutil.which, programs)):
        return ""
    packages = [*PACKAGES, *(ACCOUNTING_PACKAGES if accounting else ())]
    by_hand = f"not installed; try apt-get install --no-install-recommends {' '.join(packages)}"
    # systemd would start the packages' own daemons
    if shutil.which("apt-get") is None or Path("/run/systemd/system").is_dir():
        return by_hand
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "timeout": 300}
    install = ["apt-get", "install", "-qq", "--yes", "--no-install-recommends", *packages]
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(["apt-get", "update", "-qq"], check=False, **quiet)  # type: ignore[call-overload]
    subprocess.run(install, check=False, env=environment, **quiet)  # type: ignore[call-overload]
    return "" if all(map(shutil.which, programs)) else by_hand


@dataclass
class Cluster:
    """Several slurmd under one slurmctld, with or without an accounting database."""

    accounting: bool = False
    nodes: tuple[str, ...] = ("n1", "n2", "n3")
    folder: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="slurm-")))
    daemons: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def environment(self) -> dict[str, str]:
        """Environment of SLURM's commands, and so of Snakemake: nothing lies in ``/etc/slurm``."""
        foreign = ("SLURM_", "SBATCH_", "SRUN_")
        own = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
        path = f"{self.folder / 'bin'}{os.pathsep}{own.get('PATH', os.defpath)}"
        return {**own, "PATH": path, "SLURM_CONF": str(self.folder / "slurm.conf")}

    def ask(self, *command: str) -> str:
        """Run one of SLURM's commands and return what it prints."""
        done = subprocess.run(
            command, env=self.environment, text=True, capture_output=True, timeout=30, check=False
        )
        if done.returncode:
            raise RuntimeError(f"{' '.join(command)}: {done.stderr.strip()}")
        return done.stdout

    def jobs(self, fields: str = "", state: str = "all", after: int = 0) -> list[list[str]]:
        """Return number and ``fields`` of each job that the controller remembers, oldest first."""
        form = "|".join(["%A", *fields.split()])
        shown = self.ask("squeue", "-h", "--states", state, "--sort=i", "-o", form)
        rows = [[cell.strip() for cell in line.split("|")] for line in shown.splitlines()]
        return [row for row in rows if int(row[0]) > after]

    def up(self) -> None:
        """Start the daemons and wait until every node is idle."""
        self.folder.chmod(0o755)
        (self.folder / "state").mkdir()
        self._srun()
        self._munge()
        accounting = self._database() if self.accounting else ""
        names = "\n".join(self._node(name) for name in self.nodes)
        text = SLURM_CONF.format(
            name=NAME, host=socket.gethostname().split(".")[0], munge=self.folder / "munge",
            port=free_port(), folder=self.folder, accounting=accounting, nodes=names,
        )  # fmt: skip
        (self.folder / "slurm.conf").write_text(text, encoding="utf-8")
        gres = "NodeName=n1 Name=gpu File=/dev/null\n"
        (self.folder / "gres.conf").write_text(gres, encoding="utf-8")
        if self.accounting:
            self._accounts()
        self._start("slurmctld", "-D", "-i")
        for name in self.nodes:
            (self.folder / name).mkdir()
            self._start("slurmd", "-D", "-N", name)
        self._until(lambda: self._idle() == len(self.nodes), "the nodes are idle")

    def clear(self) -> None:
        """End every job, by force, and make every node usable again."""
        self.ask("scancel", "--full", "--signal=KILL", "--state=RUNNING", "--user=root")
        self.ask("scancel", "--user=root")
        self._until(lambda: not self.jobs(state="pending,running,completing"), "all jobs end")
        for name in self.ask("sinfo", "-h", "-N", "-t", "drain", "-p", "main", "-o", "%N").split():
            self.ask("scontrol", "update", f"NodeName={name}", "State=RESUME")

    def down(self) -> None:
        """Stop the daemons, by force if need be, and remove every file."""
        with contextlib.suppress(RuntimeError, subprocess.TimeoutExpired):
            self.clear()  # a controller that does not answer is stopped all the same
        for daemon in reversed(self.daemons):
            daemon.terminate()
            try:
                daemon.wait(10)
            except subprocess.TimeoutExpired:
                daemon.kill()
                daemon.wait()
        self.daemons.clear()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _start(self, *command: str) -> None:
        """Start a daemon."""
        with (self.folder / "daemons.log").open("ab") as log:
            daemon = subprocess.Popen(
                [*ENDS_WITH_US, *command], env=self.environment,
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        self.daemons.append(daemon)

    def _until(self, done: Callable[[], bool], what: str, seconds: float = START_SECONDS) -> None:
        stop = time.monotonic() + seconds
        while not done():
            if time.monotonic() > stop:
                log = (self.folder / "daemons.log").read_text(errors="replace")[-2000:]
                raise RuntimeError(f"not within {seconds} s: {what}\n{log}")
            time.sleep(0.2)

    def _answers(self, *command: str) -> bool:
        try:
            self.ask(*command)
        except (RuntimeError, subprocess.TimeoutExpired):
            return False
        return True

    def _idle(self) -> int:
        """Count the nodes that are ready; none while the controller starts."""
        try:
            return len(self.ask("sinfo", "-h", "-N", "-t", "idle", "-p", "main").splitlines())
        except RuntimeError:
            return 0

    def _node(self, name: str) -> str:
        host = socket.gethostname().split(".")[0]
        gpu = " Gres=gpu:1" if name == "n1" else ""
        return (
            f"NodeName={name} NodeHostname={host} NodeAddr=127.0.0.1 Port={free_port()} CPUs=8 "
            f"RealMemory=32000{gpu} State=UNKNOWN"
        )

    def _srun(self) -> None:
        """Put an ``srun`` first on the path that finds the cluster: the plugin unsets SLURM_CONF."""
        wrapper = self.folder / "bin/srun"
        wrapper.parent.mkdir()
        conf = self.folder / "slurm.conf"
        wrapper.write_text(f'#!/bin/sh\nSLURM_CONF={conf} exec {shutil.which("srun")} "$@"\n')
        wrapper.chmod(0o755)

    def _munge(self) -> None:
        key = self.folder / "munge.key"
        key.write_bytes(os.urandom(128))
        key.chmod(0o400)
        files = {"socket": "munge", "pid-file": "munged.pid", "log-file": "munged.log",
                 "seed-file": "munged.seed", "key-file": key.name}  # fmt: skip
        options = [f"--{option}={self.folder / name}" for option, name in files.items()]
        self._start("munged", "--foreground", "--force", *options)
        self._until((self.folder / "munge").is_socket, "munged listens")

    def _database(self) -> str:
        """Start a database for slurmdbd, and return what slurm.conf says of it."""
        data, sock, port = self.folder / "data", self.folder / "sql", free_port()
        user = "--user=root"
        self.ask("mariadb-install-db", "--no-defaults", user, f"--datadir={data}", "--skip-test-db")
        self._start(
            "mariadbd", "--no-defaults", user, f"--datadir={data}", f"--socket={sock}",
            "--bind-address=127.0.0.1", f"--port={port}", "--innodb-buffer-pool-size=64M",
        )  # fmt: skip
        client = ("mariadb", "--no-defaults", f"--socket={sock}", "-e")
        self._until(lambda: self._answers(*client, "select 1"), "mariadb answers")
        self.ask(
            *client,
            "create database slurm; create user slurm@'127.0.0.1' identified by 'slurm'; "
            "create user slurm@localhost identified by 'slurm'; "
            "grant all on slurm.* to slurm@'127.0.0.1'; grant all on slurm.* to slurm@localhost",
        )
        munge, dbd_port = self.folder / "munge", free_port()
        conf = self.folder / "slurmdbd.conf"
        conf.write_text(
            SLURMDBD_CONF.format(munge=munge, folder=self.folder, port=dbd_port, database_port=port)
        )
        conf.chmod(0o600)
        return ACCOUNTING_CONF.format(port=dbd_port, munge=munge)

    def _accounts(self) -> None:
        """Start slurmdbd and give root an account."""
        self._start("slurmdbd", "-D")
        manage = ("sacctmgr", "--immediate", "--quiet")
        self._until(lambda: self._answers(*manage, "list", "cluster"), "slurmdbd answers")
        self.ask(*manage, "add", "cluster", NAME)
        self.ask(*manage, "add", "account", ACCOUNT, f"Cluster={NAME}")
        self.ask(*manage, "add", "user", "root", f"Account={ACCOUNT}")
