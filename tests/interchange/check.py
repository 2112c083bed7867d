"""PyTorch and Keras load what typenet wrote, and must give what they gave before.

    pip install -r tests/interchange/requirements.txt
    cargo test --test interchange -- --ignored   # writes the files; they are committed
    python tests/interchange/check.py

typenet/NAME.pytorch.safetensors and typenet/NAME.keras.safetensors hold the weights that typenet
loaded from pytorch/NAME.safetensors. Both frameworks, with these files, must agree within 1e-6 with
the outputs of the model that the weights come from.
"""

# First: it chooses Keras' backend.
from models import NAMES, of_keras, of_torch, path_in_file

from generate import HERE

import numpy as np
import safetensors.numpy
import safetensors.torch
import torch


def difference(y, expected):
    return float(np.abs(y - expected).max() / max(1.0, np.abs(expected).max()))


def main():
    largest = 0.0
    for name in NAMES:
        x, expected = (np.load(HERE / "pytorch" / f"{name}_{side}.npy") for side in ("input", "output"))

        model = of_torch(name)
        model.load_state_dict(safetensors.torch.load_file(HERE / "typenet" / f"{name}.pytorch.safetensors"))
        model.eval()
        with torch.no_grad():
            of_pytorch = difference(model(torch.tensor(x)).numpy(), expected)

        model = of_keras(name)
        tensors = safetensors.numpy.load_file(HERE / "typenet" / f"{name}.keras.safetensors")
        names = {path_in_file(variable) for variable in model.weights}
        assert names == set(tensors), f"{name}: {names ^ set(tensors)}"
        for variable in model.weights:
            variable.assign(tensors[path_in_file(variable)])
        y = np.array(model(np.moveaxis(x, 1, -1) if name.endswith("images") else x, training=False))
        of_the_other = difference(y, expected)

        print(f"{name}: PyTorch differs by {of_pytorch:.1e}, Keras by {of_the_other:.1e}")
        assert of_pytorch <= 1e-6 and of_the_other <= 1e-6
        largest = max(largest, of_pytorch, of_the_other)
    print(f"largest difference: {largest:.1e}")


if __name__ == "__main__":
    main()
