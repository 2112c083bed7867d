"""Golden file of the learning rates: what PyTorch's and Keras' schedules give.

    pip install -r tests/golden/requirements.txt
    python tests/golden/schedules.py

It writes schedules.json: "made by", and "cases": name -> "settings", "rates" [40], those of the
first 40 steps. Settings are typenet's; the code below says what they are in the libraries.
"""

import json
import os
from pathlib import Path

os.environ["KERAS_BACKEND"] = "jax"
os.environ["JAX_ENABLE_X64"] = "1"
os.environ["JAX_PLATFORMS"] = "cpu"

import importlib

import keras
import torch

keras.config.set_floatx("float64")
promotion = importlib.import_module("keras.src.backend.common.dtypes").BIT64_TO_BIT32_DTYPE
promotion["float64"] = "float64"

HERE = Path(__file__).resolve().parent
STEPS = 40


def torch_rates(rate, make):
    """The rate of each step by a scheduler of PyTorch."""
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=rate)
    scheduler = make(optimizer)
    rates = []
    for _ in range(STEPS):
        rates.append(float(optimizer.param_groups[0]["lr"]))
        optimizer.step()
        scheduler.step()
    return rates


def keras_rates(schedule):
    """The rate of each step by a schedule of Keras. Steps are counted in float64, as the rates."""
    return [float(schedule(keras.ops.cast(step, "float64"))) for step in range(STEPS)]


def main():
    lr = torch.optim.lr_scheduler
    ks = keras.optimizers.schedules
    cases = {
        "step": ({"start": 0.1, "factor": 0.5, "every": 7}, torch_rates(0.1, lambda o: lr.StepLR(o, 7, 0.5))),
        "multi_step": (
            {"start": 0.1, "factor": 0.3, "milestones": [5, 6, 20]},
            torch_rates(0.1, lambda o: lr.MultiStepLR(o, [5, 6, 20], 0.3)),
        ),
        "exponential": (
            {"start": 0.1, "factor": 0.7, "steps": 9.0},
            keras_rates(ks.ExponentialDecay(0.1, 9.0, 0.7)),
        ),
        "polynomial": (
            {"start": 0.1, "end": 0.01, "steps": 30, "power": 1.5},
            keras_rates(ks.PolynomialDecay(0.1, 30, 0.01, 1.5)),
        ),
        "inverse_time": (
            {"start": 0.1, "factor": 0.7, "steps": 9.0},
            keras_rates(ks.InverseTimeDecay(0.1, 9.0, 0.7)),
        ),
        "cosine": ({"start": 0.2, "end": 0.05, "steps": 30}, keras_rates(ks.CosineDecay(0.2, 30, 0.25))),
        "cosine_restarts": (
            {"start": 0.2, "end": 0.05, "steps": 6, "factor": 2, "peak": 1.0},
            torch_rates(0.2, lambda o: lr.CosineAnnealingWarmRestarts(o, 6, 2, 0.05)),
        ),
        "cosine_restarts_equal": (
            {"start": 0.2, "end": 0.05, "steps": 6, "factor": 1, "peak": 1.0},
            torch_rates(0.2, lambda o: lr.CosineAnnealingWarmRestarts(o, 6, 1, 0.05)),
        ),
        "cosine_restarts_lower": (
            {"start": 0.2, "end": 0.0, "steps": 6, "factor": 2, "peak": 0.5},
            keras_rates(ks.CosineDecayRestarts(0.2, 6, 2.0, 0.5, 0.0)),
        ),
        "one_cycle": (
            {"peak": 0.3, "steps": 41},
            torch_rates(0.3, lambda o: lr.OneCycleLR(o, 0.3, total_steps=41)),
        ),
        "piecewise": (
            {"pieces": [[5, 0.1], [20, 0.02]], "last": 0.003},
            # Keras' boundaries belong to the piece before.
            keras_rates(ks.PiecewiseConstantDecay([4, 19], [0.1, 0.02, 0.003])),
        ),
        "warm_up": (
            {"steps": 8, "rate": 0.1},
            torch_rates(0.1, lambda o: lr.LambdaLR(o, lambda n: min((n + 1) / 8, 1.0))),
        ),
        "noam": (
            {"scale": 2.0, "width": 64, "warm_up": 10},
            torch_rates(2.0, lambda o: lr.LambdaLR(o, lambda n: 64**-0.5 * min((n + 1) ** -0.5, (n + 1) * 10**-1.5))),
        ),
    }
    out = {
        "made by": f"torch {torch.__version__} / keras {keras.__version__}",
        "cases": {name: {"settings": settings, "rates": rates} for name, (settings, rates) in cases.items()},
    }
    (HERE / "schedules.json").write_text(json.dumps(out, indent=1) + "\n")


if __name__ == "__main__":
    main()
