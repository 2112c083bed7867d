"""Golden file of the callbacks: when Keras' EarlyStopping stops, what it restores, and how its
ReduceLROnPlateau reduces the learning rate.

    pip install -r tests/golden/requirements.txt
    python tests/golden/callbacks.py

It writes callbacks.json: "made by"; "sequences": name -> values of val_loss, epoch by epoch, of which
128 / 64 minus them are those of val_accuracy, where large is better; "early": lists of sequence, whether
large is better, min_delta, patience, baseline, whether to restore, the epoch to start from, the epoch
after which training ended (from 1; null where it did not), and the epoch whose weights the model has
at the end; "plateau": lists of sequence, whether large is better, factor, min_delta, patience,
cooldown, min_rate, and the changes of a rate that starts at 0.5: lists of epoch and new rate.

Values, thresholds and factors are multiples of powers of two, so that neither float32 nor float64
rounds them.
"""

import itertools
import json
import os
from pathlib import Path

os.environ["KERAS_BACKEND"] = "jax"
os.environ["JAX_ENABLE_X64"] = "1"
os.environ["JAX_PLATFORMS"] = "cpu"

import keras

HERE = Path(__file__).resolve().parent

# In 64ths.
SEQUENCES = {
    "falls": [64, 48, 40, 36, 34, 33, 32, 31, 30, 29, 28, 27],
    "stalls": [64, 48, 40, 40, 40, 40, 40, 40, 40, 40, 40, 40],
    "rises": [32, 36, 40, 44, 48, 52, 56, 60, 64, 68, 72, 76],
    "creeps": [64, 63, 62, 61, 60, 59, 58, 57, 56, 55, 54, 53],
    "wavers": [64, 40, 48, 38, 50, 37, 52, 52, 36, 52, 52, 52, 35, 60, 60, 60, 60, 60],
    "recovers": [40, 44, 44, 44, 20, 44, 44, 44, 44, 10, 44, 44, 44, 44, 44, 44],
    "single": [40],
}


class Optimizer:
    """As much of an optimizer as the callbacks look at."""

    def __init__(self):
        self.learning_rate = 0.5


class Model:
    """A model whose weights are the number of the last epoch trained."""

    metrics = []

    def __init__(self):
        self.weights = 0
        self.stop_training = False
        self.optimizer = Optimizer()

    def get_weights(self):
        return self.weights

    def set_weights(self, weights):
        self.weights = weights


def monitor(large):
    """What is monitored, and whether small or large values are better."""
    return {"monitor": "val_accuracy", "mode": "max"} if large else {"monitor": "val_loss", "mode": "min"}


def run(callback, values):
    model = Model()
    callback.set_model(model)
    callback.on_train_begin()
    stopped, rates = None, []
    for epoch, value in enumerate(values):
        model.weights = epoch + 1
        callback.on_epoch_end(epoch, {callback.monitor: value})
        rates.append(model.optimizer.learning_rate)
        if model.stop_training:
            stopped = epoch + 1
            break
    callback.on_train_end()
    return model, stopped, rates


def values(name, large):
    """The sequence, or its mirror image where large values are better."""
    return [(128 - v if large else v) / 64 for v in SEQUENCES[name]]


def main():
    early, plateau = [], []
    for name, large, min_delta, patience, baseline, restore, start in itertools.product(
        SEQUENCES, [False, True], [0, 2 / 64], [0, 1, 3], [None, 38], [False, True], [0, 4]
    ):
        threshold = None if baseline is None else (128 - baseline if large else baseline) / 64
        callback = keras.callbacks.EarlyStopping(
            **monitor(large),
            min_delta=min_delta,
            patience=patience,
            baseline=threshold,
            restore_best_weights=restore,
            start_from_epoch=start,
        )
        model, stopped, _ = run(callback, values(name, large))
        early.append([name, large, min_delta, patience, threshold, restore, start, stopped, model.weights])
    for name, large, factor, min_delta, patience, cooldown, min_rate in itertools.product(
        SEQUENCES, [False, True], [0.5, 0.125], [0, 2 / 64], [0, 1, 3], [0, 2], [0.0, 0.0625]
    ):
        callback = keras.callbacks.ReduceLROnPlateau(
            **monitor(large),
            factor=factor,
            min_delta=min_delta,
            patience=patience,
            cooldown=cooldown,
            min_lr=min_rate,
        )
        _, _, rates = run(callback, values(name, large))
        before = [0.5, *rates]
        changes = [[epoch + 1, rate] for epoch, rate in enumerate(rates) if rate != before[epoch]]
        plateau.append([name, large, factor, min_delta, patience, cooldown, min_rate, changes])
    # What the file shall tell apart.
    assert len({tuple(case[-2:]) for case in early}) > 20
    assert len({str(case[-1]) for case in plateau}) > 40

    def lines(rows):
        return ",\n".join(rows)

    sequences = lines(f"{json.dumps(name)}: {json.dumps(values(name, False))}" for name in SEQUENCES)
    early, plateau = (lines(json.dumps(case) for case in cases) for cases in (early, plateau))
    made_by = json.dumps(f"keras {keras.__version__}")
    text = f'{{"made by": {made_by},\n"sequences": {{\n{sequences}\n}},\n"early": [\n{early}\n],\n"plateau": [\n{plateau}\n]}}\n'
    (HERE / "callbacks.json").write_text(text)


if __name__ == "__main__":
    main()
