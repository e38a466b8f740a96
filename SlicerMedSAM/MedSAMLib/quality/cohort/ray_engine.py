"""Workers as Ray actors: on this machine, or on all machines of a Ray cluster."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ...errors import MedSAMError
from ...images.native_messages import captured_native_messages
from .cases import Case
from .job import Job
from .worker import Ended, Message, Worker

ADDRESS = "RAY_ADDRESS"


class RayWorker:
    """An actor and what it has been asked last."""

    def __init__(self, actor: Any, pending: Any) -> None:
        self.actor = actor
        self.pending = pending


class RayEngine:
    """Joins the cluster at RAY_ADDRESS, or starts Ray on this machine for as long as the run takes.

    On a cluster all machines must see the cases' files under the same paths and have SlicerMedSAM
    and the judge's weights. MedSAMError where Ray is not installed or cannot be reached.
    """

    def __init__(self, job: Job, workers: int | None) -> None:
        # Ray tells its makers how it is used unless it is told not to.
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
        try:
            import ray
        except ImportError as error:
            raise MedSAMError(
                "Ray is not installed: run 'pip install \"slicermedsam[cohort]\"' (or 'pip install "
                "ray'), or use --engine local."
            ) from error
        self._ray = ray
        self._job = job
        _connect(ray, None if workers is None else workers * job.threads)
        resources = {"num_cpus": job.threads}
        if job.device.startswith("cuda"):
            resources["num_gpus"] = 1
        self._actor = ray.remote(max_restarts=0, max_concurrency=1, **resources)(Worker)

    @property
    def capacity(self) -> int:
        """How many workers the cluster has room for."""
        return max(int(self._ray.cluster_resources().get("CPU", 1)) // self._job.threads, 1)

    def start(self) -> RayWorker:
        """A worker that first tells that it is ready."""
        actor = self._actor.remote(self._job)
        return RayWorker(actor, actor.ready.remote())

    def send(self, worker: RayWorker, case: Case) -> None:
        """Have a case assessed."""
        worker.pending = worker.actor.assess.remote(case)

    def wait(self, workers: Sequence[RayWorker]) -> list[tuple[RayWorker, Message]]:
        """The message of the first worker that has one."""
        ready, _ = self._ray.wait([worker.pending for worker in workers], num_returns=1)
        return [(w, self._message(w)) for w in workers if w.pending in ready]

    def close(self) -> None:
        """End all workers, and Ray if it was started here."""
        self._ray.shutdown()

    def _message(self, worker: RayWorker) -> Message:
        try:
            return self._ray.get(worker.pending)
        except self._ray.exceptions.RayError as error:
            return Ended(f"was lost by Ray ({type(error).__name__})")


def _connect(ray: Any, processors: int | None) -> None:
    quiet = {"log_to_driver": False, "configure_logging": False}
    try:
        with captured_native_messages():
            if os.environ.get(ADDRESS):
                ray.init(**quiet)
            else:
                _show_this_package_to_workers()
                # Ray's own default, 15, starves them on a machine that has other work.
                os.environ.setdefault("RAY_worker_niceness", "0")
                ray.init(address="local", num_cpus=processors, include_dashboard=False, **quiet)
    except Exception as error:  # some of Ray's are of no class of their own
        where = os.environ.get(ADDRESS) or "this machine"
        why = " ".join(str(error).split())
        raise MedSAMError(
            f"Ray could not be started on {where}: {why} (--engine local does without.)"
        ) from error


def _show_this_package_to_workers() -> None:
    """They must run this very code, also where another copy of it is installed."""
    here = str(Path(__file__).resolve().parents[3])
    known = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    if here not in known:
        os.environ["PYTHONPATH"] = os.pathsep.join([here, *filter(None, known)])
