"""What PyTorch computes for convolutions, pooling and padding, for typenet to be compared with.

    pip install -r tests/golden/requirements.txt
    python tests/golden/windows.py

It writes windows.json beside this script. Everything is computed in float64 on one CPU from fixed seeds, so a second run
writes the same bytes. Inputs are rounded to float32 first: a test in f32 then starts from exactly the same numbers.
Numbers have 17 significant digits.

"cases": name -> "input", "output", "cotangent" (the derivative of a loss by the output), "input_gradient"; and where
there are parameters "weight", "bias", "weight_gradient", "bias_gradient". All are flat lists in typenet's order: images
[sample][channel][row][column], sequences [sample][step][feature], weights with the outputs last.
"""

import json
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)

HERE = Path(__file__).resolve().parent
SAMPLES = 2


def normal(seed, *shape):
    """Standard normal numbers that float32 can hold, from their own seed."""
    values = np.random.Generator(np.random.PCG64(seed)).standard_normal(shape)
    return torch.tensor(values.astype(np.float32).astype(np.float64), requires_grad=True)


def numbers(tensor):
    return [float(f"{value:.17g}") for value in tensor.detach().contiguous().flatten().tolist()]


def features_last(tensor):
    """PyTorch's [sample][feature][step] as [sample][step][feature]."""
    return tensor.transpose(1, 2)


def case(seed, run, shape, arrange=lambda tensor: tensor, weight=None, bias=None, weight_order=None):
    """One layer: `arrange` turns tensors of PyTorch, `weight_order` the weight into typenet's order."""
    x = normal(seed, SAMPLES, *shape)
    parameters = []
    if weight is not None:
        parameters = [normal(seed + 1, *weight), normal(seed + 2, bias) if bias else None]
    y = run(x, *parameters)
    cotangent = normal(seed + 3, *y.shape).detach()
    y.backward(cotangent)
    result = {
        "input": numbers(arrange(x)),
        "output": numbers(arrange(y)),
        "cotangent": numbers(arrange(cotangent)),
        "input_gradient": numbers(arrange(x.grad)),
    }
    if parameters:
        w, b = parameters
        result["weight"] = numbers(w.permute(weight_order))
        if bias:
            result["bias"] = numbers(b)
        result["weight_gradient"] = numbers(w.grad.permute(weight_order))
        if bias:
            result["bias_gradient"] = numbers(b.grad)
    return result


def conv2d(seed, inputs, outputs, kernel, height, width, stride=1, padding=0, dilation=1, groups=1, bias=True):
    return case(
        seed,
        lambda x, w, b: F.conv2d(x, w, b, stride, padding, dilation, groups),
        (inputs, height, width),
        weight=(outputs, inputs // groups, kernel, kernel),
        bias=outputs if bias else 0,
        weight_order=(1, 2, 3, 0),
    )


def conv1d(seed, inputs, outputs, kernel, steps, stride=1, padding=0, dilation=1, groups=1, bias=True):
    return case(
        seed,
        lambda x, w, b: F.conv1d(x, w, b, stride, padding, dilation, groups),
        (inputs, steps),
        arrange=features_last,
        weight=(outputs, inputs // groups, kernel),
        bias=outputs if bias else 0,
        weight_order=(2, 1, 0),
    )


def causal_conv1d(seed, inputs, outputs, kernel, steps, dilation, bias=True):
    return case(
        seed,
        lambda x, w, b: F.conv1d(F.pad(x, (dilation * (kernel - 1), 0)), w, b, dilation=dilation),
        (inputs, steps),
        arrange=features_last,
        weight=(outputs, inputs, kernel),
        bias=outputs if bias else 0,
        weight_order=(2, 1, 0),
    )


def conv_transpose2d(seed, inputs, outputs, kernel, height, width, stride, padding, output_padding, bias=True):
    return case(
        seed,
        lambda x, w, b: F.conv_transpose2d(x, w, b, stride, padding, output_padding),
        (inputs, height, width),
        weight=(inputs, outputs, kernel, kernel),
        bias=outputs if bias else 0,
        weight_order=(0, 2, 3, 1),
    )


CASES = {
    "conv2d": conv2d(10, 2, 5, 3, 7, 8),
    "conv2d_wide": conv2d(20, 3, 4, 3, 6, 19),
    "conv2d_all": conv2d(30, 4, 6, 3, 8, 9, stride=2, padding=3, dilation=2, groups=2),
    "conv2d_stride_3": conv2d(40, 1, 2, 2, 8, 7, stride=3),
    "depthwise_conv2d": conv2d(50, 3, 3, 3, 6, 7, stride=2, padding=1, groups=3),
    "conv1d": conv1d(60, 3, 2, 3, 11),
    "conv1d_all": conv1d(70, 4, 6, 3, 12, stride=2, padding=3, dilation=2, groups=2),
    "causal_conv1d": causal_conv1d(80, 3, 2, 3, 9, 2),
    "conv_transpose2d": conv_transpose2d(90, 2, 3, 3, 3, 4, 1, 0, 0),
    "conv_transpose2d_all": conv_transpose2d(100, 3, 2, 3, 4, 3, 2, 1, 1),
    "conv2d_no_bias": conv2d(250, 4, 6, 3, 8, 9, stride=2, padding=1, groups=2, bias=False),
    "depthwise_conv2d_no_bias": conv2d(260, 3, 3, 3, 6, 7, padding=1, groups=3, bias=False),
    "conv1d_no_bias": conv1d(270, 3, 2, 3, 11, bias=False),
    "conv1d_groups_no_bias": conv1d(280, 4, 6, 3, 12, stride=2, padding=1, groups=2, bias=False),
    "causal_conv1d_no_bias": causal_conv1d(290, 3, 2, 3, 9, 2, bias=False),
    "conv_transpose2d_no_bias": conv_transpose2d(300, 3, 2, 3, 4, 3, 2, 1, 1, bias=False),
    "max_pool1d": case(110, lambda x: F.max_pool1d(x, 3, 2, 1), (2, 7), features_last),
    "max_pool2d": case(120, lambda x: F.max_pool2d(x, 2), (2, 5, 6)),
    "max_pool2d_all": case(130, lambda x: F.max_pool2d(x, 3, 2, 1), (2, 5, 6)),
    "average_pool1d": case(140, lambda x: F.avg_pool1d(x, 3, 2, 1), (2, 7), features_last),
    "average_pool2d": case(150, lambda x: F.avg_pool2d(x, 3, 2, 1), (2, 5, 6)),
    "average_pool2d_uncounted": case(160, lambda x: F.avg_pool2d(x, 3, 2, 1, count_include_pad=False), (2, 5, 6)),
    "global_average_pool": case(170, lambda x: F.adaptive_avg_pool2d(x, 1), (3, 4, 5)),
    "global_max_pool": case(180, lambda x: F.adaptive_max_pool2d(x, 1), (3, 4, 5)),
    "upsample": case(190, lambda x: F.interpolate(x, scale_factor=2), (2, 3, 4)),
    "pad": case(200, lambda x: F.pad(x, (3, 4, 1, 2)), (2, 3, 4)),
    "crop": case(210, lambda x: x[:, :, 1:-2, 3:-1], (2, 5, 6)),
    "transpose": case(220, lambda x: x.transpose(1, 2), (3, 4)),
    "flatten": case(230, lambda x: x.flatten(1), (2, 3, 4)),
    "reshape": case(240, lambda x: x.reshape(-1, 4, 6), (2, 3, 4)),
}


def main():
    cases = []
    for name, arrays in CASES.items():
        lines = [f'   "{key}": {json.dumps(values)}' for key, values in arrays.items()]
        cases.append(f'  "{name}": {{\n' + ",\n".join(lines) + "\n  }")
    made_by = json.dumps(f"torch {torch.__version__} / numpy {np.__version__}")
    text = f'{{\n "made by": {made_by},\n "cases": {{\n' + ",\n".join(cases) + "\n }\n}\n"
    (HERE / "windows.json").write_text(text)


if __name__ == "__main__":
    main()
