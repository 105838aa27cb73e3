"""Run one rule's function with what Snakemake hands over."""

import inspect
import logging
import os
import sys
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from threadpoolctl import threadpool_limits
from tqdm import tqdm

from groundmotion.artefacts.provenance import make_stamp
from groundmotion.errors import InputError

#: Parameters that belong to the job itself, not to the function.
_JOB_PARAMS = frozenset({"code", "torch_threads"})


def run_job(function: Callable[..., None], job: Any) -> None:
    """Call a script's function with the keyword arguments that its signature names.

    Parameters
    ----------
    function
        Takes keyword arguments only. Names are looked up among the rule's named inputs and
        outputs (as ``Path`` or list of ``Path``), params and wildcards; ``threads`` and ``stamp``
        are given too.
    job
        The object ``snakemake`` of a ``script:``.

    Notes
    -----
    Messages of :mod:`logging` go to the rule's log and to the terminal. BLAS works on one thread
    and torch on ``params.torch_threads``, so that results do not depend on ``--cores``. An
    :class:`InputError` ends the job with its message alone.
    """
    # For libraries that are loaded later, on their first use, here or in processes of the job.
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    _start_logging(Path(job.log[0]) if job.log else None, job.rule)
    params = dict(job.params.items())
    threads = params.get("torch_threads")
    if threads is not None:
        import torch

        torch.set_num_threads(int(threads))
    offered = {
        **dict(job.wildcards.items()),
        **{name: value for name, value in params.items() if name not in _JOB_PARAMS},
        **{name: _paths(value) for name, value in job.input.items()},
        **{name: _paths(value) for name, value in job.output.items()},
        "threads": job.threads,
        "stamp": make_stamp(
            rule=job.rule,
            code=params.get("code", ""),
            config={**dict(job.wildcards.items()), **_without_code(params)},
            inputs=[Path(p) for p in job.input if Path(p).is_file()],
            base=Path.cwd(),
        ),
    }
    try:
        with threadpool_limits(limits=1, user_api="blas"):
            function(**_named_arguments(function, offered))
    except InputError as error:
        logging.error("%s", error)
        sys.exit(1)
    except Exception:
        # The terminal gets the traceback from Python itself; the log gets it here.
        if job.log:
            with Path(job.log[0]).open("a", encoding="utf-8") as log:
                traceback.print_exc(file=log)
        raise


def _named_arguments(function: Callable[..., None], offered: Mapping[str, Any]) -> dict[str, Any]:
    wanted = inspect.signature(function).parameters
    missing = [name for name in wanted if name not in offered]
    if missing:
        raise TypeError(f"{function.__name__}: the rule does not give {', '.join(missing)}")
    return {name: offered[name] for name in wanted}


def _without_code(params: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in params.items() if name != "code"}


def _paths(value: Any) -> Path | list[Path]:
    return Path(value) if isinstance(value, str) else [Path(item) for item in value]


def _start_logging(log: Path | None, rule: str) -> None:
    handlers: list[logging.Handler] = [logging.StreamHandler(sys.stderr)]
    if log is not None:
        log.parent.mkdir(parents=True, exist_ok=True)
        handlers.append(logging.FileHandler(log, mode="w", encoding="utf-8"))
    form = f"%(asctime)s {rule}: %(message)s"
    logging.basicConfig(level=logging.INFO, format=form, handlers=handlers, force=True)


def progress_bar(items: Any, title: str, total: int | None = None) -> Any:
    """Wrap what is gone through in a bar that is drawn seldom enough for a log.

    ``total`` counts the items where they have no length.
    """
    return tqdm(items, title, total, mininterval=10)
