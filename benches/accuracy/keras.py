"""Test accuracy of the quickstart network in Keras, over ten seeds.

    pip install -r tests/golden/requirements.txt
    python benches/accuracy/keras.py

Run it from the root of the repository. It is the figure that the same protocol in typenet is
compared with:

- data: `data/breast_cancer.csv`, inputs the first 20 columns (means and errors), target `benign`;
- for each seed 0..9: a stratified 80/20 split by that seed, inputs scaled to mean 0 and standard
  deviation 1 of the training rows, weights, dropout and shuffling by the same seed;
- Dense(128, relu), BatchNormalization, Dropout(0.5), Dense(64, relu), Dense(1, sigmoid);
- Adam and binary cross-entropy with their defaults, 20 epochs, batch 32, validation split 0.2;
- test accuracy: the share of the 20 % on the right side of 0.5.

Two runs: Keras' default initialiser (Glorot uniform), and `he_normal`, which is typenet's default
for weights.

A test set of 114 rows moves the accuracy by more than the libraries differ, so both must be tested on
the same rows. The script writes them to `benches/accuracy/splits.csv`: a column a seed, the row
numbers of the training set in their order and then those of the test set. `examples/accuracy.rs`
reads it. With the argument of a number, more seeds are run and nothing is written.
"""

import csv
import os
import sys

os.environ.setdefault("KERAS_BACKEND", "jax")
os.environ.setdefault("JAX_PLATFORMS", "cpu")
# This file has the name of the package it imports: its folder must not be searched first.
here = os.path.dirname(os.path.abspath(__file__))
sys.path = [path for path in sys.path if os.path.abspath(path) != here]

import keras
import numpy as np
import sklearn
from keras import layers
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

INPUTS = 20
SEEDS = 10
SPLITS = os.path.join("benches", "accuracy", "splits.csv")


def load(path):
    """The inputs [rows][20] and the targets [rows], 0 or 1."""
    with open(path, newline="") as file:
        header, *rows = csv.reader(file)
    target = header.index("benign")
    inputs = np.array([[float(value) for value in row[:INPUTS]] for row in rows], dtype="float32")
    return inputs, np.array([float(row[target]) for row in rows], dtype="float32")


def split(targets, seed):
    """The row numbers of the training and of the test set."""
    return train_test_split(np.arange(len(targets)), test_size=0.2, stratify=targets, random_state=seed)


def write_splits(targets):
    """Writes the rows of the ten splits, a column each."""
    columns = [np.concatenate(split(targets, seed)) for seed in range(SEEDS)]
    with open(SPLITS, "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(f"seed {seed}" for seed in range(SEEDS))
        writer.writerows(zip(*columns))


def accuracy(inputs, targets, seed, initializer):
    """Trains by one seed; returns test loss and test accuracy."""
    keras.utils.set_random_seed(seed)
    train, test = split(targets, seed)
    train_x, test_x, train_y, test_y = inputs[train], inputs[test], targets[train], targets[test]
    scaler = StandardScaler().fit(train_x)
    model = keras.Sequential([
        keras.Input((INPUTS,)),
        layers.Dense(128, activation="relu", kernel_initializer=initializer),
        layers.BatchNormalization(),
        layers.Dropout(0.5),
        layers.Dense(64, activation="relu", kernel_initializer=initializer),
        layers.Dense(1, activation="sigmoid", kernel_initializer=initializer),
    ])
    model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
    model.fit(scaler.transform(train_x), train_y, epochs=20, batch_size=32, validation_split=0.2, verbose=0)
    return model.evaluate(scaler.transform(test_x), test_y, verbose=0)


def main():
    inputs, targets = load(os.path.join("data", "breast_cancer.csv"))
    print(
        f"keras {keras.__version__} on {keras.backend.backend()}, scikit-learn {sklearn.__version__},",
        f"{len(inputs)} rows",
    )
    seeds = int(sys.argv[1]) if len(sys.argv) > 1 else SEEDS
    if seeds == SEEDS:
        write_splits(targets)
    for initializer in ["glorot_uniform", "he_normal"]:
        print(f"\n{initializer}")
        found = []
        for seed in range(seeds):
            loss, share = accuracy(inputs, targets, seed, initializer)
            found.append(share)
            print(f"seed {seed}: test loss {loss:.4f}, test accuracy {share:.4f}", flush=True)
        print(f"mean {np.mean(found):.3f}, lowest {np.min(found):.3f}", flush=True)


if __name__ == "__main__":
    main()
