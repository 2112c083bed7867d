"""Golden file of further losses (Keras, derivatives by JAX) and of metrics (scikit-learn).

    pip install -r tests/golden/requirements.txt
    python tests/golden/scores.py

It writes scores.json:

    "losses": a list of "name", "output" [4][3], "target" [4][3], "losses" [4] one a sample,
        "gradient" [4][3] of the mean by the output
    "binary": "scores" [40], "targets" [40]; "roc_auc", "pr_auc", and at the threshold 0.5 "precision",
        "recall", "f1"; "roc" [..][2] and "pr" [..][2], the points of the curves
    "classes": "outputs" [60][4], "targets" [60]; "confusion" [4][4], per class "precision", "recall", "f1",
        "support" [4]; "balanced_accuracy", "matthews", "top_2"
    "regression": "outputs" [20][3], "targets" [20][3]; "rmse", "mape" in percent, "r2"

Everything is computed in float64; inputs are rounded to float32 first.
"""

import importlib
import json
import os
from pathlib import Path

os.environ["KERAS_BACKEND"] = "jax"
os.environ["JAX_ENABLE_X64"] = "1"
os.environ["JAX_PLATFORMS"] = "cpu"

import jax
import keras
import numpy as np
import sklearn
from sklearn import metrics

keras.config.set_floatx("float64")
promotion = importlib.import_module("keras.src.backend.common.dtypes").BIT64_TO_BIT32_DTYPE
promotion["float64"] = "float64"

HERE = Path(__file__).resolve().parent


def generator(seed):
    return np.random.Generator(np.random.PCG64(seed))


def exact(values):
    """Float64 values that float32 can hold."""
    return np.asarray(values, dtype=np.float32).astype(np.float64)


def losses():
    rng = generator(1)
    score = exact(rng.standard_normal((4, 3)) * 1.5)
    sign = exact(np.where(rng.random((4, 3)) < 0.5, -1.0, 1.0))
    probability = exact(jax.nn.softmax(rng.standard_normal((4, 3))))
    distribution = exact(rng.dirichlet([1.0, 1.0, 1.0], 4))
    rate = exact(rng.random((4, 3)) * 3 + 0.1)
    count = exact(rng.poisson(2.0, (4, 3)))
    label = exact(rng.random((4, 3)) < 0.5)
    one_hot = exact(np.eye(3)[rng.integers(0, 3, 4)])
    kl = keras.losses
    cases = [
        ("hinge", kl.Hinge, score, sign),
        ("squared_hinge", kl.SquaredHinge, score, sign),
        ("kullback_leibler", kl.KLDivergence, probability, distribution),
        ("log_cosh", kl.LogCosh, score, exact(rng.standard_normal((4, 3)))),
        ("poisson", kl.Poisson, rate, count),
        ("cosine_similarity", kl.CosineSimilarity, score, exact(rng.standard_normal((4, 3)))),
        ("focal", lambda **k: kl.BinaryFocalCrossentropy(from_logits=True, **k), score, label),
        (
            "focal_balanced",
            lambda **k: kl.BinaryFocalCrossentropy(apply_class_balancing=True, alpha=0.3, gamma=1.5, from_logits=True, **k),
            score,
            label,
        ),
        (
            "smoothed_categorical",
            lambda **k: kl.CategoricalCrossentropy(from_logits=True, label_smoothing=0.2, **k),
            score,
            one_hot,
        ),
        (
            "smoothed_binary",
            lambda **k: kl.BinaryCrossentropy(from_logits=True, label_smoothing=0.2, **k),
            score,
            label,
        ),
    ]
    out = []
    for name, make, output, target in cases:
        mean, each = make(), make(reduction="none")
        out.append({
            "name": name,
            "output": output.tolist(),
            "target": target.tolist(),
            "losses": np.asarray(each(target, output)).tolist(),
            "gradient": np.asarray(jax.grad(lambda y: mean(target, y))(output)).tolist(),
        })
    return out


def binary():
    rng = generator(2)
    targets = (rng.random(40) < 0.4).astype(float)
    # Rounded to twentieths, so that some are equal.
    scores = exact(np.round(np.clip(rng.normal(0.35 + 0.25 * targets, 0.2), 0, 1) * 20) / 20)
    read = scores > 0.5
    x, y, _ = metrics.roc_curve(targets, scores, drop_intermediate=False)
    precision, recall, _ = metrics.precision_recall_curve(targets, scores)
    return {
        "scores": scores.tolist(),
        "targets": targets.tolist(),
        "roc_auc": metrics.roc_auc_score(targets, scores),
        "pr_auc": metrics.average_precision_score(targets, scores),
        "precision": metrics.precision_score(targets, read),
        "recall": metrics.recall_score(targets, read),
        "f1": metrics.f1_score(targets, read),
        "roc": np.stack([x, y], 1).tolist(),
        "pr": np.stack([recall, precision], 1)[::-1].tolist(),
    }


def classes():
    rng = generator(3)
    targets = rng.choice(4, 60, p=[0.5, 0.2, 0.2, 0.1])
    outputs = rng.standard_normal((60, 4))
    outputs[np.arange(60), targets] += 1.0
    # Class 2 is never predicted: nothing to divide its precision by.
    outputs[:, 2] -= 9.0
    outputs = exact(outputs)
    read = outputs.argmax(1)
    precision, recall, f1, support = metrics.precision_recall_fscore_support(targets, read, zero_division=0)
    return {
        "outputs": outputs.tolist(),
        "targets": targets.tolist(),
        "confusion": metrics.confusion_matrix(targets, read).tolist(),
        "precision": precision.tolist(),
        "recall": recall.tolist(),
        "f1": f1.tolist(),
        "support": support.tolist(),
        "balanced_accuracy": metrics.balanced_accuracy_score(targets, read),
        "matthews": metrics.matthews_corrcoef(targets, read),
        "top_2": metrics.top_k_accuracy_score(targets, outputs, k=2),
    }


def regression():
    rng = generator(4)
    targets = exact(rng.standard_normal((20, 3)) * [1.0, 10.0, 0.1] + [0.0, 100.0, 1.0])
    outputs = exact(targets + rng.standard_normal((20, 3)) * [0.5, 5.0, 0.2])
    return {
        "outputs": outputs.tolist(),
        "targets": targets.tolist(),
        "rmse": metrics.mean_squared_error(targets, outputs) ** 0.5,
        "mape": 100 * metrics.mean_absolute_percentage_error(targets, outputs),
        "r2": metrics.r2_score(targets, outputs),
    }


def main():
    out = {
        "made by": f"keras {keras.__version__} on jax {jax.__version__} / scikit-learn {sklearn.__version__}",
        "losses": losses(),
        "binary": binary(),
        "classes": classes(),
        "regression": regression(),
    }
    (HERE / "scores.json").write_text(json.dumps(out) + "\n")


if __name__ == "__main__":
    main()
