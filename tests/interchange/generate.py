"""Weights, inputs and outputs of PyTorch and of Keras, for typenet to load and to agree with.

    pip install -r tests/interchange/requirements.txt
    python tests/interchange/generate.py

For each model NAME of models.py it writes, in the folders pytorch and keras, NAME.safetensors (the
`state_dict`; the variables by their paths), NAME_input.npy and NAME_output.npy (in inference, of
float32). Images have their channels first in all files. A second run writes the same bytes.
"""

from pathlib import Path

# First: it chooses Keras' backend.
from models import NAMES, of_keras, of_torch

import numpy as np
import safetensors.numpy
import safetensors.torch
import torch

HERE = Path(__file__).parent
SHAPES = {"vectors": (3, 4), "images": (2, 2, 8, 8), "sequences": (3, 6), "steps": (2, 5, 3), "bare_images": (2, 2, 8, 8), "bare_steps": (2, 6, 3)}


def input_of(name, rng):
    if name == "sequences":
        return rng.integers(0, 11, SHAPES[name])
    return rng.normal(size=SHAPES[name]).astype(np.float32)


def values(name, shape, rng):
    """Weights that keep numbers around 1; of scales and variances, positive ones. All differ from
    their defaults."""
    last = name.replace("/", ".").split(".")[-1]
    if last in ("running_var", "moving_variance"):
        return rng.uniform(0.5, 2.0, shape)
    if len(shape) == 1 and last in ("weight", "gamma", "scale", "alpha"):
        return rng.uniform(0.5, 1.5, shape)
    inputs = max(int(np.prod(shape)) // max(shape), 1) if len(shape) > 1 else 4
    return rng.normal(size=shape) / np.sqrt(inputs)


def write(folder, name, tensors, x, y, save):
    (HERE / folder).mkdir(exist_ok=True)
    save(tensors, HERE / folder / f"{name}.safetensors")
    np.save(HERE / folder / f"{name}_input.npy", x)
    np.save(HERE / folder / f"{name}_output.npy", y)
    print(f"{folder}/{name}: outputs up to {np.abs(y).max():.3f}")


def main():
    for seed, name in enumerate(NAMES):
        rng = np.random.default_rng(seed)
        model = of_torch(name)
        with torch.no_grad():
            for key, tensor in model.state_dict().items():
                if tensor.is_floating_point():
                    tensor.copy_(torch.tensor(values(key, tuple(tensor.shape), rng)))
        model.eval()
        x = input_of(name, rng)
        with torch.no_grad():
            y = model(torch.tensor(x)).numpy()
        write("pytorch", name, model.state_dict(), x, y, safetensors.torch.save_file)

    for seed, name in enumerate(NAMES):
        rng = np.random.default_rng(100 + seed)
        model = of_keras(name)
        for variable in model.weights:
            variable.assign(values(variable.path, tuple(variable.shape), rng).astype(np.float32))
        x = input_of(name, rng)
        y = np.array(model(np.moveaxis(x, 1, -1) if name.endswith("images") else x, training=False))
        tensors = {variable.path: np.array(variable) for variable in model.weights}
        write("keras", name, tensors, x, y, safetensors.numpy.save_file)


if __name__ == "__main__":
    main()
