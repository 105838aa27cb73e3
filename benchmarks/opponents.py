"""Fill one sparse map with another library and say what it took.

    python opponents.py METHOD values.npy filled.npy COVARIANCE

COVARIANCE is JSON: {"nugget": 0.95, "a": 1.25, "b_per_km": 1.2, "pixel_m": 10}.

Runs in an environment of its own (`requirements-bench.txt`), without this project's library, and
prints one line of JSON: seconds and peak_mb. Reading, imports and a first small call are not timed.
"""

import json
import resource
import sys
import time

import numpy as np


def pykrige(values, covariance):
    """Ordinary kriging of PyKrige, dense, with its variance."""
    from pykrige.ok import OrdinaryKriging

    row, col = np.nonzero(~np.isnan(values))
    kilometres = covariance["pixel_m"] / 1000
    # PyKrige's exponential is exp(-3 d / range); exact_values=False leaves the nugget out
    model = {
        "psill": covariance["a"],
        "range": 3 / covariance["b_per_km"],
        "nugget": covariance["nugget"],
    }
    solver = OrdinaryKriging(
        col * kilometres,
        row * kilometres,
        values[row, col].astype(float),
        variogram_model="exponential",
        variogram_parameters=model,
        exact_values=False,
    )
    rows, cols = values.shape
    places = np.arange(cols) * kilometres, np.arange(rows) * kilometres
    return np.asarray(solver.execute("grid", *places, backend="vectorized")[0])


def gstools(values, covariance):
    """Ordinary kriging of GSTools, dense, with its variance."""
    import gstools as gs

    row, col = np.nonzero(~np.isnan(values))
    kilometres = covariance["pixel_m"] / 1000
    model = gs.Exponential(
        dim=2,
        var=covariance["a"],
        len_scale=1 / covariance["b_per_km"],
        nugget=covariance["nugget"],
    )
    points = (row * kilometres, col * kilometres)
    solver = gs.krige.Ordinary(model, points, values[row, col], exact=False, cond_err="nugget")
    axes = [np.arange(size) * kilometres for size in values.shape]
    return np.asarray(solver(axes, mesh_type="structured")[0])


def fancyimpute(values, _):
    """SoftImpute: matrix completion that knows no neighbourhood."""
    from fancyimpute import SoftImpute

    return np.asarray(SoftImpute(verbose=False).fit_transform(values.astype(float)))


METHODS = {"pykrige": pykrige, "gstools": gstools, "fancyimpute": fancyimpute}


def main():
    """Measure the one method that the arguments name."""
    method, source, target, covariance = sys.argv[1:]
    values, settings = np.load(source), json.loads(covariance)
    METHODS[method](values[:40, :40], settings)
    begun = time.perf_counter()
    filled = METHODS[method](values, settings)
    seconds = time.perf_counter() - begun
    np.save(target, filled.astype(np.float32))
    peak_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps({"seconds": seconds, "peak_mb": peak_kb / 1024}))


if __name__ == "__main__":
    main()
