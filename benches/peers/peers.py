"""The workloads of benches/peers on PyTorch, Keras and scikit-learn: a line of JSON for each figure.

    python peers.py [--threads 1] [--rounds 9] [--milliseconds 100] [NAME ...]

The workloads whose names begin so, or all of them on one thread and W3 on more.
"""

import argparse
import json
import os
import statistics
import sys
import time

arguments = argparse.ArgumentParser()
arguments.add_argument("--threads", type=int, default=1)
arguments.add_argument("--rounds", type=int, default=9)
arguments.add_argument("--milliseconds", type=float, default=100)
arguments.add_argument("names", nargs="*")
arguments = arguments.parse_args()
THREADS = arguments.threads

# Before the libraries are loaded: they read these once.
for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NPROC"):
    os.environ[name] = str(THREADS)
os.environ.setdefault("KERAS_BACKEND", "jax")
os.environ["JAX_PLATFORMS"] = "cpu"
if THREADS == 1:
    os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false"

import numpy as np

ADAM, MOMENTUM = "adam", "momentum"


def tumours():
    """A class that a noisy half space decides."""
    rng = np.random.default_rng(1)
    x = rng.uniform(-1, 1, (455, 20)).astype(np.float32)
    noise = rng.uniform(-2, 2, 455)
    return x, (x.sum(1) + noise > 0).astype(np.float32)[:, None]


def bands(samples):
    """Noise of 784 pixels, brighter in one of ten bands, whose number is the class."""
    rng = np.random.default_rng(2)
    x = rng.uniform(-1, 1, (samples, 784)).astype(np.float32)
    y = rng.integers(0, 10, samples)
    for image, band in zip(x, y):
        image[band * 78 : band * 78 + 78] += 1
    return x, y


def inputs(samples):
    return np.random.default_rng(3).uniform(-1, 1, (samples, 20)).astype(np.float32)


def sequence():
    return np.sin(np.arange(64 * 8, dtype=np.float32) * 0.37).reshape(1, 64, 8)


def rows(samples, batch):
    """Batches of shuffled samples, for ever."""
    order = np.random.default_rng(1).permutation(samples)
    while True:
        for start in range(0, samples - batch + 1, batch):
            yield order[start : start + batch]


# A workload: its data and batch, the number of samples that share the time of a run, and the steps in
# which the loss must fall. No data: inference.
WORKLOADS = {
    "W1": (tumours, 32, 1, 400),
    "W1-plain": (tumours, 32, 1, 200),
    "W2-1": (None, 1, 1, 20),
    "W2-32": (None, 32, 32, 20),
    "W2-1024": (None, 1024, 1024, 20),
    "W3": (lambda: bands(4096), 128, 1, 30),
    "W4": (lambda: bands(1024), 32, 1, 100),
    "W5": (None, 1, 1, 20),
}


def torch_task(name, tuned):
    import torch
    from torch import nn

    torch.set_num_threads(THREADS)
    torch.manual_seed(1)
    data, batch, _, _ = WORKLOADS[name]

    def plain():
        return [nn.Linear(20, 128), nn.ReLU(), nn.Linear(128, 64), nn.ReLU(), nn.Linear(64, 1)]

    if name == "W5":
        gru, x = nn.GRU(8, 32, batch_first=True).eval(), torch.from_numpy(sequence())
        if tuned:
            gru = torch.compile(gru)

        def run():
            with torch.inference_mode():
                return gru(x)[0]

        return run, lambda: run().numpy()

    if data is None:
        model, x = nn.Sequential(*plain()).eval(), torch.from_numpy(inputs(batch))
        if tuned:
            model = torch.compile(model)

        def run():
            with torch.inference_mode():
                return model(x)

        return run, lambda: run().numpy()

    if name == "W1":
        first, relu, *rest = plain()
        model = nn.Sequential(first, relu, nn.BatchNorm1d(128), nn.Dropout(0.5), *rest)
    elif name == "W1-plain":
        model = nn.Sequential(*plain())
    elif name == "W3":
        model = nn.Sequential(nn.Linear(784, 512), nn.ReLU(), nn.Linear(512, 512), nn.ReLU(), nn.Linear(512, 10))
    else:
        model = nn.Sequential(
            nn.Unflatten(1, (1, 28, 28)), nn.Conv2d(1, 8, 3), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(8, 16, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(400, 10),
        )
    criterion = nn.BCEWithLogitsLoss() if name.startswith("W1") else nn.CrossEntropyLoss()
    # Nothing said, PyTorch chooses: on a processor, a loop over the parameters.
    faster = {"fused": True} if tuned else {}
    if name == "W4":
        optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9, **faster)
    else:
        optimizer = torch.optim.Adam(model.parameters(), lr=0.001, **faster)
    x, y = map(torch.from_numpy, data())
    batches = map(torch.from_numpy, rows(len(x), batch))

    def loss_of(x, y):
        return criterion(model(x), y)

    if tuned:
        loss_of = torch.compile(loss_of)

    def step():
        at = next(batches)
        optimizer.zero_grad()
        loss = loss_of(x[at], y[at])
        loss.backward()
        optimizer.step()
        return loss.item()

    return step, None


def keras_task(name):
    import jax
    import keras
    from keras import layers

    if keras.backend.backend() != "jax":
        raise RuntimeError("the step is written for the backend jax")
    keras.utils.set_random_seed(1)
    data, batch, _, _ = WORKLOADS[name]

    def plain():
        return [layers.Dense(128, "relu"), layers.Dense(64, "relu"), layers.Dense(1)]

    if data is None:
        x = sequence() if name == "W5" else inputs(batch)
        model = keras.Sequential([keras.Input(x.shape[1:])] + ([layers.GRU(32)] if name == "W5" else plain()))
        x = jax.numpy.asarray(x)
        state = [v.value for v in model.trainable_variables], [v.value for v in model.non_trainable_variables]
        forward = jax.jit(lambda state, x: model.stateless_call(*state, x, training=False)[0])

        def run():
            return forward(state, x).block_until_ready()

        return run, lambda: np.asarray(run())

    if name == "W1":
        first, *rest = plain()
        parts = [keras.Input((20,)), first, layers.BatchNormalization(), layers.Dropout(0.5), *rest]
    elif name == "W1-plain":
        parts = [keras.Input((20,)), *plain()]
    elif name == "W3":
        parts = [keras.Input((784,)), layers.Dense(512, "relu"), layers.Dense(512, "relu"), layers.Dense(10)]
    else:
        parts = [
            keras.Input((784,)), layers.Reshape((28, 28, 1)), layers.Conv2D(8, 3, activation="relu"),
            layers.MaxPooling2D(), layers.Conv2D(16, 3, activation="relu"), layers.MaxPooling2D(),
            layers.Flatten(), layers.Dense(10),
        ]
    model = keras.Sequential(parts)
    losses = keras.losses
    criterion = (
        losses.BinaryCrossentropy(from_logits=True)
        if name.startswith("W1")
        else losses.SparseCategoricalCrossentropy(from_logits=True)
    )
    optimizer = keras.optimizers.SGD(0.01, momentum=0.9) if name == "W4" else keras.optimizers.Adam(0.001)
    optimizer.build(model.trainable_variables)

    def loss_of(trainable, fixed, x, y):
        logits, fixed = model.stateless_call(trainable, fixed, x, training=True)
        return criterion(y, logits), fixed

    def update(state, x, y):
        trainable, fixed, memory = state
        (loss, fixed), gradients = jax.value_and_grad(loss_of, has_aux=True)(trainable, fixed, x, y)
        trainable, memory = optimizer.stateless_apply(memory, gradients, trainable)
        return loss, (trainable, fixed, memory)

    update = jax.jit(update, donate_argnums=0)
    variables = model.trainable_variables, model.non_trainable_variables, optimizer.variables
    state = tuple([jax.numpy.array(v.value, copy=True) for v in part] for part in variables)
    x, y = data()
    batches = rows(len(x), batch)

    def step():
        nonlocal state
        at = next(batches)
        loss, state = update(state, x[at], y[at])
        # The loss, and with it the whole step.
        jax.block_until_ready(state)
        return float(loss)

    return step, None


def scikit_task(name):
    from sklearn.neural_network import MLPClassifier

    data, batch, _, _ = WORKLOADS[name]
    hidden = (512, 512) if name == "W3" else (128, 64)
    model = MLPClassifier(hidden, batch_size=batch, alpha=0, random_state=1)
    if data is None:
        x, y = tumours()
        model.batch_size = "auto"
        model.partial_fit(x, y[:, 0].astype(int), classes=[0, 1])
        x = inputs(batch)
        return lambda: model.predict(x), lambda: model.predict_proba(x)
    x, y = data()
    y = y.reshape(-1).astype(int)
    classes = np.unique(y)
    batches = rows(len(x), batch)

    def step():
        at = next(batches)
        model.partial_fit(x[at], y[at], classes=classes)
        return model.loss_

    return step, None


def scikit_offer(name):
    if name == "W1":
        return "no batch norm"
    if name in ("W4", "W5"):
        return "dense only"
    return scikit_task(name)


FRAMEWORKS = {
    "PyTorch eager": lambda name: torch_task(name, False),
    "PyTorch tuned": lambda name: torch_task(name, True),
    "Keras": keras_task,
    "scikit-learn": scikit_offer,
}


# Parts of a turn. Their median is the figure of the turn: another program that comes between spoils one or two.
PARTS = 5


class Entry:
    def __init__(self, name, framework):
        self.name, self.framework = name, framework
        self.times, self.note, self.run, self.runs = [], None, None, 0
        try:
            offer = FRAMEWORKS[framework](name)
            if isinstance(offer, str):
                self.note = offer
            else:
                self.run, outputs = offer
                self.begin(outputs)
        except ImportError as error:
            self.note = "not installed"
            print(f"{framework}: {error}", file=sys.stderr)
        except Exception as error:
            self.run, self.note = None, "an error"
            print(f"{framework}, {name}: {error!r}", file=sys.stderr)

    def begin(self, outputs):
        """Compiles, shows that the work is done, and finds how many runs fill a round."""
        steps = WORKLOADS[self.name][3]
        values = [self.run() for _ in range(steps)]
        if outputs is None:
            first, last = np.mean(values[: steps // 10]), np.mean(values[-(steps // 5) :])
            if not last < 0.9 * first:
                self.note = f"does not learn: loss {first:.3f}, then {last:.3f}"
        else:
            values = outputs()
            if not np.isfinite(values).all() or not values.any():
                self.note = "gives outputs that are not finite, or all zero"
        once, _ = self.time(3)
        self.runs = max(1, round(arguments.milliseconds / 1e3 / PARTS / once))

    def time(self, runs):
        """The time of a run, and by how many threads at once."""
        start, busy = time.perf_counter(), time.process_time()
        for _ in range(runs):
            self.run()
        elapsed, busy = time.perf_counter() - start, time.process_time() - busy
        return elapsed / runs, busy / elapsed

    def round(self):
        if self.run is None:
            return
        parts = [self.time(self.runs) for _ in range(PARTS)]
        self.times.append(statistics.median(elapsed for elapsed, _ in parts) * 1e9)
        threads = statistics.median(threads for _, threads in parts)
        if threads > 1.1 * THREADS and not self.note:
            self.note = f"ran on {threads:.1f} threads"

    def line(self):
        name = self.name if THREADS == 1 else f"{self.name}-threads-{THREADS}"
        return {
            "workload": name, "framework": self.framework, "samples": WORKLOADS[self.name][2],
            "median": statistics.median(self.times) if self.times else None,
            "least": min(self.times, default=None), "rounds": len(self.times), "note": self.note,
        }


def libraries():
    from importlib.metadata import PackageNotFoundError, version

    found = [f"Python {sys.version.split()[0]}"]
    for package in ("torch", "keras", "jax", "scikit-learn", "numpy"):
        try:
            found.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            pass
    return ", ".join(found) + f" (Keras on {os.environ['KERAS_BACKEND']})"


def main():
    names = [n for n in WORKLOADS if not arguments.names or any(n.startswith(a) for a in arguments.names)]
    if THREADS > 1:
        names = [n for n in names if n == "W3"]
    entries = []
    for name in names:
        for framework in FRAMEWORKS:
            print(f"\rpreparing {name}, {framework}".ljust(50), end="", file=sys.stderr)
            entries.append(Entry(name, framework))
    for at in range(arguments.rounds):
        print(f"\rround {at + 1} of {arguments.rounds}, threads {THREADS}".ljust(50), end="", file=sys.stderr)
        for entry in entries:
            entry.round()
    print(file=sys.stderr)
    print(json.dumps({"libraries": libraries()}))
    for entry in entries:
        print(json.dumps(entry.line()))


main()
