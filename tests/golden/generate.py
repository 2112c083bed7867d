"""Golden files: what PyTorch and Keras compute, for typenet to be compared with.

    pip install -r tests/golden/requirements.txt
    python tests/golden/generate.py

It writes the JSON files beside this script. Everything is computed in float64 on one CPU from
fixed seeds: a second run writes the same bytes, and on another processor the same numbers up to the
last digit. Where both libraries have an operation, the script asserts that they agree (1e-12) before
it writes.

Inputs are rounded to float32 first: a test in f32 then starts from exactly the same numbers, and
only its own arithmetic differs. Numbers have 17 significant digits, enough to read back the same
float64.

Every file is an object. Its key "made by" names the versions; below, [n][m] is a nested array.

activations.json
    "input" [4][6], "cotangent" [4][6] (the derivative of a loss by the output)
    "cases": name -> "output", "gradient" (by the input) [4][6].
    The softmaxes run over the last dimension.

layers.json
    "dense": "input" [4][5], "weight" [5][3] (one row an input: PyTorch's, transposed),
        "bias" [3], "cotangent" [4][3], "output" [4][3], "input_gradient" [4][5],
        "weight_gradient" [5][3], "bias_gradient" [3]
    "batch_norm": "keras" and "torch", each
        "momentum" (how much of the old running value is kept), "epsilon",
        "scale", "shift" [3], "cotangent" [5][3] (for the first batch),
        "batches": two successive ones, each "input", "output" [5][3] of training, and "mean",
            "variance" [3], the running statistics after it (before: 0 and 1),
        "input_gradient" [5][3], "scale_gradient", "shift_gradient" [3] of the first batch,
        "inference": "input", "output" [5][3], with the statistics after the second batch.
        PyTorch keeps the unbiased variance (n - 1). The "variance" written for it is the biased
        one, as Keras and typenet keep it, and "output" of inference is computed with it.
    "penalties": "weight" [5][3], and "cases": name -> "factor", "value", "gradient" [5][3]

losses.json
    "cases": a list of
        "loss": mean_squared_error | mean_absolute_error | huber | binary_cross_entropy |
            binary_cross_entropy_logits | categorical_cross_entropy[_logits] |
            sparse_categorical_cross_entropy[_logits] | cosine_similarity | focal_logits | hinge |
            squared_hinge | kullback_leibler | log_cosh | poisson | smoothed_binary_cross_entropy_logits |
            smoothed_categorical_cross_entropy_logits | sample_weighted_mean_squared_error |
            class_weighted_categorical_cross_entropy_logits |
            class_weighted_sparse_categorical_cross_entropy_logits
        "name": the loss and what is special about the case
        "delta" for huber; "focus" and, in one case, "balance" for focal_logits; "smoothing" for the
            smoothed; "weights" for the weighted: [4] of the samples or [3] of the classes
        "f64_only": true where float32 cannot hold the inputs, or Keras' clip at 1 - 1e-7
        "output" [4][3]; "target" [4][3], or class indices [4] for the sparse ones
        "losses" [4] one a sample, "mean", "gradient" [4][3] of the mean by the output
    Probabilities are clipped to [1e-7, 1 - 1e-7] as in Keras; beyond the clip the gradient is 0.
    Categorical probabilities are divided by their sum first.

optimizers.json
    "start" [6], "gradients" [10][6]
    "cases": a list of
        "optimizer": sgd | momentum | nesterov | rmsprop | adam | adamw | adagrad | adadelta | adamax |
            nadam | lion | amsgrad | radam
        "from": keras (default arguments, momentum 0.9 for the two that need it) | torch (the same
            arguments, but epsilon 1e-30 where PyTorch adds it at another place; default arguments for
            radam, which Keras lacks, and, beside those of Keras, for nadam); Lion is Keras' alone
        "settings": name -> value, "parameters" [10][6] after each step
    "wrapped": a list of cases in which the first four numbers are a weight [2][2] and the last two a bias
        "case": decay_exempt | decay_all | groups | average | accumulate
        "from": keras | torch, "optimizer" and "settings" as above, and by case
            "decay"; "groups": a list of [factor of the rate, factor of the decay] of weight and bias;
            "momentum" of the average; "batches" and "limit" of the global norm for accumulate
        "parameters" [10][6]; for average they are the averages
    "clipping": "weight" [2][2] and "bias" [2], the gradients, and
        "cases": a list of "clip": global_norm | norm | value, "limit", "weight", "bias"

network.json
    Dense<4, 8>, Relu, BatchNorm<8>, Dense<8, 3>, categorical cross-entropy on logits, Adam
    "input" [6][4], "class" [6]
    "initial" and "final": "first_weight" [4][8], "first_bias" [8], "scale", "shift", "mean",
        "variance" [8], "second_weight" [8][3], "second_bias" [3]
    "losses" [10]: before each step; "prediction" [6][3]: logits of inference afterwards
"""

import importlib
import json
import os
from pathlib import Path

os.environ["KERAS_BACKEND"] = "jax"
os.environ["JAX_ENABLE_X64"] = "1"
os.environ["JAX_PLATFORMS"] = "cpu"

import jax
import jax.numpy as jnp
import keras
import numpy as np
import torch
import torch.nn.functional as F

keras.config.set_floatx("float64")
# On JAX, Keras turns float64 into float32 wherever it promotes types (BatchNormalization, tanh,
# var), whatever `floatx` says. This table is where; only the width of the numbers changes. The
# comparisons with PyTorch below would fail without it.
promotion = importlib.import_module("keras.src.backend.common.dtypes").BIT64_TO_BIT32_DTYPE
promotion["float64"] = "float64"
torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)

HERE = Path(__file__).resolve().parent
MADE_BY = f"torch {torch.__version__} / keras {keras.__version__} on jax {jax.__version__} / numpy {np.__version__}"


def exact(values):
    """Float64 values that float32 can hold."""
    return np.asarray(values, dtype=np.float32).astype(np.float64)


def normal(seed, *shape):
    """Standard normal numbers from their own seed, so that no case moves another."""
    return exact(np.random.Generator(np.random.PCG64(seed)).standard_normal(shape))


def agree(what, a, b, tolerance=1e-12):
    np.testing.assert_allclose(np.asarray(a), np.asarray(b), rtol=tolerance, atol=tolerance, err_msg=what)


def leaf(values):
    """A PyTorch tensor whose gradient is wanted."""
    return torch.tensor(values, requires_grad=True)


# ---------------------------------------------------------------------------- activations


def activations():
    x = normal(1, 4, 6) * 2
    # Both sides of every kink, small and large, and no kink itself.
    x[0] = exact([-0.015625, 0.015625, -1.5, 1.5, -6.25, 6.25])
    x[1, :3] = exact([-40.5, 40.5, 0.5])
    assert np.all(x != 0) and (x > 0).any() and (x < 0).any()
    cotangent = normal(2, 4, 6)
    functions = {
        "relu": F.relu,
        "leaky_relu 0.01": lambda t: F.leaky_relu(t, 0.01),
        "leaky_relu 0.3": lambda t: F.leaky_relu(t, 0.3),
        "elu 1": lambda t: F.elu(t, 1.0),
        "elu 0.5": lambda t: F.elu(t, 0.5),
        "gelu": F.gelu,
        "gelu tanh": lambda t: F.gelu(t, approximate="tanh"),
        "silu": F.silu,
        # PyTorch's softplus is the identity above its threshold of 20; the true function differs
        # there by less than 2.1e-9, so the threshold is moved out of reach.
        "softplus": lambda t: F.softplus(t, threshold=1000.0),
        "sigmoid": torch.sigmoid,
        "tanh": torch.tanh,
        "softmax": lambda t: F.softmax(t, dim=-1),
        "log_softmax": lambda t: F.log_softmax(t, dim=-1),
        "selu": F.selu,
        "mish": F.mish,
        # PyTorch's own derivative of hardsigmoid has the slope 1/6 in float32.
        "hard_sigmoid": lambda t: F.relu6(t + 3) / 6,
        "hard_swish": F.hardswish,
        "softsign": F.softsign,
        "relu6": F.relu6,
    }
    keras_functions = {
        "relu": keras.ops.relu,
        "leaky_relu 0.01": lambda t: keras.ops.leaky_relu(t, 0.01),
        "leaky_relu 0.3": lambda t: keras.ops.leaky_relu(t, 0.3),
        "elu 1": lambda t: keras.ops.elu(t, 1.0),
        "elu 0.5": lambda t: keras.ops.elu(t, 0.5),
        "gelu": lambda t: keras.ops.gelu(t, approximate=False),
        "gelu tanh": lambda t: keras.ops.gelu(t, approximate=True),
        "silu": keras.ops.silu,
        "softplus": keras.ops.softplus,
        "sigmoid": keras.ops.sigmoid,
        "tanh": keras.ops.tanh,
        "softmax": keras.ops.softmax,
        "log_softmax": keras.ops.log_softmax,
        "selu": keras.ops.selu,
        "mish": keras.activations.mish,
        "hard_sigmoid": keras.ops.hard_sigmoid,
        "hard_swish": keras.ops.hard_silu,
        "softsign": keras.ops.softsign,
        "relu6": keras.ops.relu6,
    }
    cases = {}
    for name, function in functions.items():
        t = leaf(x)
        output = function(t)
        output.backward(torch.tensor(cotangent))
        other, pull = jax.vjp(keras_functions[name], jnp.asarray(x))
        agree(name, other, output.detach())
        agree(name, pull(jnp.asarray(cotangent))[0], t.grad)
        cases[name] = {"output": output.detach(), "gradient": t.grad}
    return {"input": x, "cotangent": cotangent, "cases": cases}


# ---------------------------------------------------------------------------- layers


def dense():
    x, weight, bias, cotangent = normal(10, 4, 5), normal(11, 5, 3), normal(12, 3), normal(13, 4, 3)
    layer = torch.nn.Linear(5, 3)
    with torch.no_grad():
        layer.weight.copy_(torch.tensor(weight.T))
        layer.bias.copy_(torch.tensor(bias))
    t = leaf(x)
    output = layer(t)
    output.backward(torch.tensor(cotangent))

    other = keras.layers.Dense(3)
    other.build((None, 5))
    other.set_weights([weight, bias])
    agree("dense", other(x), output.detach())
    return {
        "input": x, "weight": weight, "bias": bias, "cotangent": cotangent,
        "output": output.detach(), "input_gradient": t.grad,
        "weight_gradient": layer.weight.grad.T, "bias_gradient": layer.bias.grad,
    }


def batch_norm_data():
    scale, shift = normal(20, 3), normal(21, 3)
    batches = [exact(normal(22 + i, 5, 3) * [1.0, 3.0, 0.25] + [0.5, -2.0, 1.0]) for i in range(3)]
    return scale, shift, normal(25, 5, 3), batches


def torch_batch_norm(scale, shift, momentum, epsilon):
    layer = torch.nn.BatchNorm1d(3, momentum=momentum, eps=epsilon)
    with torch.no_grad():
        layer.weight.copy_(torch.tensor(scale))
        layer.bias.copy_(torch.tensor(shift))
    return layer


def batch_norm_keras():
    scale, shift, cotangent, (first, second, unseen) = batch_norm_data()
    layer = keras.layers.BatchNormalization()
    layer.build((None, 3))
    layer.set_weights([scale, shift, np.zeros(3), np.ones(3)])
    assert [v.path.split("/")[-1] for v in layer.trainable_variables] == ["gamma", "beta"]
    assert [v.path.split("/")[-1] for v in layer.non_trainable_variables] == ["moving_mean", "moving_variance"]

    def forward(gamma, beta, x):
        statistics = [v.value for v in layer.non_trainable_variables]
        return layer.stateless_call([gamma, beta], statistics, x, training=True)[0]

    _, pull = jax.vjp(forward, jnp.asarray(scale), jnp.asarray(shift), jnp.asarray(first))
    scale_gradient, shift_gradient, input_gradient = pull(jnp.asarray(cotangent))
    written = []
    for batch in (first, second):
        output = layer(batch, training=True)
        written.append({
            "input": batch, "output": output,
            "mean": layer.moving_mean.value, "variance": layer.moving_variance.value,
        })

    # PyTorch with the same epsilon.
    other, t = torch_batch_norm(scale, shift, 0.1, layer.epsilon), leaf(first)
    output = other(t)
    output.backward(torch.tensor(cotangent))
    agree("output", output.detach(), written[0]["output"])
    agree("input gradient", t.grad, input_gradient)
    agree("scale gradient", other.weight.grad, scale_gradient)
    agree("shift gradient", other.bias.grad, shift_gradient)
    return {
        "momentum": layer.momentum, "epsilon": layer.epsilon,
        "scale": scale, "shift": shift, "cotangent": cotangent, "batches": written,
        "input_gradient": input_gradient, "scale_gradient": scale_gradient, "shift_gradient": shift_gradient,
        "inference": {"input": unseen, "output": layer(unseen, training=False)},
    }


def batch_norm_torch():
    scale, shift, cotangent, (first, second, unseen) = batch_norm_data()
    # The defaults of PyTorch.
    layer = torch_batch_norm(scale, shift, 0.1, 1e-5)
    keep = 1.0 - layer.momentum
    t = leaf(first)
    layer(t).backward(torch.tensor(cotangent))
    gradients = (t.grad, layer.weight.grad.clone(), layer.bias.grad.clone())

    layer.reset_running_stats()
    written, mean, biased, unbiased = [], np.zeros(3), np.ones(3), np.ones(3)
    for batch in (first, second):
        output = layer(torch.tensor(batch)).detach()
        mean = keep * mean + (1 - keep) * batch.mean(0)
        biased = keep * biased + (1 - keep) * batch.var(0)
        unbiased = keep * unbiased + (1 - keep) * batch.var(0, ddof=1)
        agree("running mean", layer.running_mean, mean)
        agree("running variance", layer.running_var, unbiased)
        written.append({"input": batch, "output": output, "mean": mean, "variance": biased})
    # PyTorch's inference, given the biased variance.
    layer.running_var.copy_(torch.tensor(biased))
    layer.eval()
    return {
        "momentum": keep, "epsilon": layer.eps,
        "scale": scale, "shift": shift, "cotangent": cotangent, "batches": written,
        "input_gradient": gradients[0], "scale_gradient": gradients[1], "shift_gradient": gradients[2],
        "inference": {"input": unseen, "output": layer(torch.tensor(unseen)).detach()},
    }


def penalties():
    weight, cases = normal(30, 5, 3), {}
    for name, regularizer in {"l1": keras.regularizers.L1(0.01), "l2": keras.regularizers.L2(0.01)}.items():
        layer = keras.layers.Dense(3, kernel_regularizer=regularizer)
        layer.build((None, 5))
        # The bias is not zero, and must not count.
        layer.set_weights([weight, np.ones(3)])
        value, gradient = jax.value_and_grad(regularizer)(jnp.asarray(weight))
        agree(name, sum(layer.losses), value)
        cases[name] = {"factor": 0.01, "value": value, "gradient": gradient}
    return {"weight": weight, "cases": cases}


def layers():
    return {
        "dense": dense(),
        "batch_norm": {"keras": batch_norm_keras(), "torch": batch_norm_torch()},
        "penalties": penalties(),
    }


# ---------------------------------------------------------------------------- losses


def by_keras(function, output, target):
    """Losses of the samples, their mean, and its gradient."""
    def mean(y):
        return jnp.mean(function(jnp.asarray(target), y))

    output = jnp.asarray(output)
    losses = function(jnp.asarray(target), output)
    value, gradient = jax.value_and_grad(mean)(output)
    return np.asarray(losses), np.asarray(value), np.asarray(gradient)


def by_torch(function, output, target):
    y = leaf(output)
    losses = function(y, torch.tensor(target))
    losses.mean().backward()
    return losses.detach().numpy(), losses.mean().detach().numpy(), y.grad.numpy()


def losses():
    cases = []

    def add(loss, name, output, target, of_keras, of_torch, f64_only=False, **settings):
        """The first of the two that is there is written; both must agree."""
        found = [by_torch(of_torch, output, target)] if of_torch else []
        found += [by_keras(of_keras, output, target)] if of_keras else []
        for other in found[1:]:
            for a, b in zip(found[0], other):
                agree(name, a, b)
        per_sample, mean, gradient = found[0]
        case = {"loss": loss, "name": f"{loss}: {name}"}
        case |= settings
        if f64_only:
            case["f64_only"] = True
        # Copies: the arrays are changed for the cases that follow.
        case |= {"output": np.array(output), "target": np.array(target)}
        case |= {"losses": per_sample, "mean": mean, "gradient": gradient}
        cases.append(case)

    k = keras.losses
    output, target = exact(normal(40, 4, 3) * 1.5), normal(41, 4, 3)
    # Errors on both sides of each delta, with either sign, and a large one.
    target[0] = exact(output[0] + [0.25, -0.25, 0.75])
    target[1] = exact(output[1] + [-0.75, 2.0, -2.0])
    target[3, 0] = 50.0
    add("mean_squared_error", "real numbers", output, target, k.mean_squared_error,
        lambda y, t: F.mse_loss(y, t, reduction="none").mean(-1))
    add("mean_absolute_error", "real numbers", output, target, k.mean_absolute_error,
        lambda y, t: F.l1_loss(y, t, reduction="none").mean(-1))
    for delta in (1.0, 0.5):
        add("huber", f"delta {delta}", output, target, lambda t, y, d=delta: k.huber(t, y, d),
            lambda y, t, d=delta: F.huber_loss(y, t, reduction="none", delta=d).mean(-1), delta=delta)

    probability = exact(1 / (1 + np.exp(-normal(42, 4, 3))))
    hard = (normal(43, 4, 3) > 0).astype(float)
    soft = exact(1 / (1 + np.exp(-normal(44, 4, 3))))

    def binary(y, t):
        return F.binary_cross_entropy(y, t, reduction="none").mean(-1)

    add("binary_cross_entropy", "hard targets", probability, hard, k.binary_crossentropy, binary)
    add("binary_cross_entropy", "soft targets", probability, soft, k.binary_crossentropy, binary)
    # PyTorch does not clip at 1e-7, so Keras alone speaks here.
    low = probability.copy()
    low[0] = exact([1e-9, 0.0, 1e-6])
    low[1] = exact([1e-9, 0.0, 1e-6])
    target = hard.copy()
    target[0], target[1] = 1.0, 0.0
    add("binary_cross_entropy", "saturated near 0", low, target, k.binary_crossentropy, None)
    high = probability.copy()
    high[0] = exact([1.0, 1.0, 0.999])
    target[0] = 1.0
    add("binary_cross_entropy", "saturated near 1", high, target, k.binary_crossentropy, None)
    high[1] = [1.0, 1 - 1e-9, 1 - 1e-6]
    target[1] = [0.0, 0.0, 0.25]
    add("binary_cross_entropy", "saturated near 1 and wrong", high, target, k.binary_crossentropy, None, f64_only=True)

    def binary_logits(t, y):
        return k.binary_crossentropy(t, y, from_logits=True)

    def binary_logits_torch(y, t):
        return F.binary_cross_entropy_with_logits(y, t, reduction="none").mean(-1)

    logits = exact(normal(45, 4, 3) * 3)
    logits[1] = exact([-60.5, 60.5, -20.25])
    logits[2] = exact([-60.5, 60.5, 20.25])
    hard[1], hard[2] = [0.0, 1.0, 1.0], [1.0, 0.0, 1.0]
    for kind, target in {"hard targets": hard, "soft targets": soft}.items():
        add("binary_cross_entropy_logits", kind, logits, target, binary_logits, binary_logits_torch)

    one_hot = np.eye(3)[[2, 0, 1, 2]]
    mixed = np.exp(normal(46, 4, 3))
    mixed = exact(mixed / mixed.sum(-1, keepdims=True))
    index = np.array([2, 0, 1, 2])

    def categorical(t, y):
        return k.categorical_crossentropy(t, y)

    def categorical_torch(y, t):
        return -(t * torch.log(y / y.sum(-1, keepdim=True))).sum(-1)

    # Rows whose sum is far from 1, too.
    share = np.exp(normal(47, 4, 3))
    share = exact(share / share.sum(-1, keepdims=True) * [[1.0], [1.0], [0.5], [2.0]])
    edge = share.copy()
    edge[0] = exact([0.75, 0.25, 1e-9])
    edge[1] = exact([1.0, 0.0, 0.0])
    edge[2] = exact([0.5, 0.0, 0.5])
    for kind, target in {"one-hot": one_hot, "soft targets": mixed}.items():
        add("categorical_cross_entropy", kind, share, target, categorical, categorical_torch)
        add("categorical_cross_entropy", f"{kind}, saturated", edge, target, categorical, None)
    add("sparse_categorical_cross_entropy", "class indices", share, index, k.sparse_categorical_crossentropy,
        lambda y, t: categorical_torch(y, F.one_hot(t, 3)))
    add("sparse_categorical_cross_entropy", "class indices, saturated", edge, index,
        k.sparse_categorical_crossentropy, None)

    def categorical_logits(t, y):
        return k.categorical_crossentropy(t, y, from_logits=True)

    def cross_entropy(y, t):
        return F.cross_entropy(y, t, reduction="none")

    logits = exact(normal(48, 4, 3) * 2)
    logits[1] = exact([60.5, -60.5, 0.25])
    logits[2] = exact([60.5, -60.5, 0.25])
    for kind, target in {"one-hot": one_hot, "soft targets": mixed}.items():
        add("categorical_cross_entropy_logits", kind, logits, target, categorical_logits, cross_entropy)
    add("sparse_categorical_cross_entropy_logits", "class indices", logits, index,
        lambda t, y: k.sparse_categorical_crossentropy(t, y, from_logits=True), cross_entropy)
    more_losses(add)
    return {"cases": cases}


def more_losses(add):
    k = keras.losses
    output, target = exact(normal(70, 4, 3) * 1.5), normal(71, 4, 3)
    add("cosine_similarity", "real numbers", output, target, k.cosine_similarity,
        lambda y, t: -F.cosine_similarity(y, t, dim=-1))
    short = output.copy()
    short[0] = exact([3e-8, -2e-8, 1e-8])
    short[1] = exact([3e-4, -2e-4, 1e-4])
    target[2] = exact([1e-8, 2e-8, -3e-8])
    add("cosine_similarity", "short vectors", short, target, k.cosine_similarity, None)

    # Not so far out that Keras clips.
    logits, hard = exact(normal(72, 4, 3) * 3), (normal(73, 4, 3) > 0).astype(float)

    def focal(y, t, focus, balance):
        z = y * (2 * t - 1)
        weight = 1.0 if balance is None else t * balance + (1 - t) * (1 - balance)
        return (weight * torch.sigmoid(-z) ** focus * F.softplus(-z, threshold=1000.0)).mean(-1)

    for focus, balance in ((2.0, None), (1.5, 0.25)):
        settings = {"focus": focus} if balance is None else {"focus": focus, "balance": balance}
        add("focal_logits", f"focus {focus}, balance {balance}", logits, hard,
            lambda t, y, f=focus, b=balance: k.binary_focal_crossentropy(
                t, y, apply_class_balancing=b is not None, alpha=b or 0.25, gamma=f, from_logits=True),
            lambda y, t, f=focus, b=balance: focal(y, t, f, b), **settings)

    sign = 2 * hard - 1
    add("hinge", "both sides", output, sign, k.hinge, lambda y, t: torch.clamp(1 - t * y, min=0).mean(-1))
    add("squared_hinge", "both sides", output, sign, k.squared_hinge,
        lambda y, t: (torch.clamp(1 - t * y, min=0) ** 2).mean(-1))

    share, wanted = np.exp(normal(74, 4, 3)), np.exp(normal(75, 4, 3))
    share = exact(share / share.sum(-1, keepdims=True))
    wanted = exact(wanted / wanted.sum(-1, keepdims=True))
    add("kullback_leibler", "distributions", share, wanted, k.kl_divergence,
        lambda y, t: F.kl_div(torch.log(y), t, reduction="none").sum(-1))
    share[0] = exact([1e-9, 0.0, 0.75])
    share[1] = exact([1.25, 0.25, 0.25])
    wanted[0] = exact([0.5, 0.5, 0.0])
    wanted[2] = exact([1.0, 0.0, 0.0])
    add("kullback_leibler", "saturated", share, wanted, k.kl_divergence, None)

    target = normal(76, 4, 3)
    target[3, 0] = 50.0
    add("log_cosh", "real numbers", output, target, k.log_cosh, lambda y, t: torch.log(torch.cosh(y - t)).mean(-1))
    rate, count = exact(np.exp(normal(77, 4, 3))), np.floor(np.exp(normal(78, 4, 3)) * 2)
    rate[0, 0] = 1e-6
    rate = exact(rate)
    add("poisson", "counts", rate, count, k.poisson,
        lambda y, t: F.poisson_nll_loss(y, t, log_input=False, eps=1e-7, reduction="none").mean(-1))

    add("smoothed_binary_cross_entropy_logits", "hard targets", logits, hard,
        lambda t, y: k.binary_crossentropy(t, y, from_logits=True, label_smoothing=0.125),
        lambda y, t: F.binary_cross_entropy_with_logits(y, t * 0.875 + 0.0625, reduction="none").mean(-1),
        smoothing=0.125)
    index = np.array([2, 0, 1, 2])
    one_hot = np.eye(3)[index]
    add("smoothed_categorical_cross_entropy_logits", "one-hot", logits, one_hot,
        lambda t, y: k.categorical_crossentropy(t, y, from_logits=True, label_smoothing=0.125),
        lambda y, t: F.cross_entropy(y, t, reduction="none", label_smoothing=0.125), smoothing=0.125)

    weights = np.array([0.5, 2.0, 0.0, 1.25])
    # With weights, too, Keras' mean is over the number of samples.
    agree("Keras' weights", k.MeanSquaredError()(target, output, sample_weight=weights),
          np.mean(weights * np.asarray(k.mean_squared_error(target, output))))
    add("sample_weighted_mean_squared_error", "one without weight", output, target,
        lambda t, y: jnp.asarray(weights) * k.mean_squared_error(t, y),
        lambda y, t: torch.tensor(weights) * F.mse_loss(y, t, reduction="none").mean(-1), weights=weights)
    classes = np.array([0.5, 2.0, 1.25])
    for kind, target in {"categorical": one_hot, "sparse_categorical": index}.items():
        add(f"class_weighted_{kind}_cross_entropy_logits", "three weights", logits, target,
            lambda t, y, f=getattr(k, f"{kind}_crossentropy"): jnp.asarray(classes[index]) * f(t, y, from_logits=True),
            lambda y, t: F.cross_entropy(y, t, torch.tensor(classes), reduction="none"), weights=classes)


# ---------------------------------------------------------------------------- optimizers


def run_keras(optimizer, start, gradients):
    weight = keras.Variable(start)
    optimizer.build([weight])
    # Keras casts its rate to float32 where the default type is not set in time.
    assert optimizer.learning_rate.dtype == "float64" and weight.dtype == "float64"
    after = []
    for gradient in gradients:
        optimizer.apply([jnp.asarray(gradient)])
        after.append(np.asarray(weight.value))
    return after


def run_torch(make, start, gradients):
    weight = leaf(start)
    optimizer = make([weight])
    after = []
    for gradient in gradients:
        weight.grad = torch.tensor(gradient)
        optimizer.step()
        after.append(weight.detach().clone().numpy())
    return after


def wrapped(start, gradients):
    """Weight decay with exemption, groups, averages and accumulation: on a weight and a bias."""
    o, t = keras.optimizers, torch.optim

    def split(values):
        return [np.asarray(values[:4]).reshape(2, 2), np.asarray(values[4:])]

    def joined(arrays):
        return np.concatenate([np.asarray(array).reshape(-1) for array in arrays])

    def keras_steps(optimizer, exempt=(), average=False):
        variables = [keras.Variable(v, name=name) for v, name in zip(split(start), ("kernel", "bias"))]
        if exempt:
            optimizer.exclude_from_weight_decay(var_names=list(exempt))
        optimizer.build(variables)
        after = []
        for gradient in gradients:
            optimizer.apply([jnp.asarray(g) for g in split(gradient)])
            kept = optimizer._model_variables_moving_average if average else variables
            after.append(joined([v.value for v in kept]))
        return after

    def torch_steps(make, batches=1, limit=None, average=None):
        tensors = [leaf(v) for v in split(start)]
        optimizer = make(*tensors)
        mean = torch.optim.swa_utils.AveragedModel(
            torch.nn.ParameterList(tensors), multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(average)
        ) if average else None
        after = []
        for number, gradient in enumerate(gradients, 1):
            for tensor, g in zip(tensors, split(gradient)):
                g = torch.tensor(g) / batches
                tensor.grad = g if tensor.grad is None else tensor.grad + g
            if number % batches == 0:
                if limit:
                    norm = torch.sqrt(sum((tensor.grad**2).sum() for tensor in tensors))
                    for tensor in tensors:
                        tensor.grad *= min(1.0, limit / norm)
                optimizer.step()
                optimizer.zero_grad()
            if mean:
                mean.update_parameters(torch.nn.ParameterList(tensors))
            kept = mean.module if mean else tensors
            after.append(joined([v.detach().clone().numpy() for v in kept]))
        return after

    cases = []
    adam = {"rate": 0.001, "beta1": 0.9, "beta2": 0.999}

    # Large decays, that they show.
    decay, exempt = 20.0, ("bias",)
    for case, names in (("decay_exempt", exempt), ("decay_all", ())):
        for name, make, settings in (
            ("adam", lambda: o.Adam(weight_decay=decay), adam | {"epsilon": 1e-7}),
            ("lion", lambda: o.Lion(weight_decay=decay), {"rate": 0.001, "beta1": 0.9, "beta2": 0.99}),
            ("momentum", lambda: o.SGD(momentum=0.9, weight_decay=decay),
             {"rate": 0.01, "momentum": 0.9, "nesterov": False}),
        ):
            cases.append({
                "case": case, "from": "keras", "optimizer": name, "settings": settings, "decay": decay,
                "parameters": keras_steps(make(), names),
            })
    agree("exempt", cases[0]["parameters"], torch_steps(lambda w, b: t.AdamW(
        [{"params": [w], "weight_decay": decay}, {"params": [b], "weight_decay": 0.0}],
        # Epsilon stands at another place: only large gradients agree, and not well.
        lr=0.001, eps=1e-7,
    )), 1e-2)

    groups = [[0.5, 2.0], [3.0, 0.25]]
    options = [{"lr": 0.001 * rate, "weight_decay": decay * factor} for rate, factor in groups]
    cases.append({
        "case": "groups", "from": "torch", "optimizer": "adam", "settings": adam | {"epsilon": 1e-30},
        "decay": decay, "groups": groups,
        "parameters": torch_steps(lambda w, b: t.AdamW(
            [{"params": [w]} | options[0], {"params": [b]} | options[1]], betas=(0.9, 0.999), eps=1e-30)),
    })
    cases.append({
        "case": "groups", "from": "torch", "optimizer": "nesterov",
        "settings": {"rate": 0.01, "momentum": 0.9, "nesterov": True}, "decay": 0.0, "groups": groups,
        "parameters": torch_steps(lambda w, b: t.SGD(
            [{"params": [w], "lr": 0.01 * groups[0][0]}, {"params": [b], "lr": 0.01 * groups[1][0]}],
            momentum=0.9, nesterov=True)),
    })

    momentum = 0.75
    averages = keras_steps(o.Adam(use_ema=True, ema_momentum=momentum), average=True)
    cases.append({
        "case": "average", "from": "keras", "optimizer": "adam", "settings": adam | {"epsilon": 1e-7},
        "momentum": momentum, "parameters": averages,
    })
    cases.append({
        "case": "average", "from": "keras", "optimizer": "sgd", "settings": {"rate": 0.01}, "momentum": momentum,
        "parameters": keras_steps(o.SGD(use_ema=True, ema_momentum=momentum), average=True),
    })
    agree("average", cases[-1]["parameters"], torch_steps(lambda w, b: t.SGD([w, b], lr=0.01), average=momentum))

    batches, limit = 3, 20.0
    cases.append({
        "case": "accumulate", "from": "keras", "optimizer": "adam", "settings": adam | {"epsilon": 1e-7},
        "batches": batches, "limit": limit,
        "parameters": keras_steps(o.Adam(gradient_accumulation_steps=batches, global_clipnorm=limit)),
    })
    cases.append({
        "case": "accumulate", "from": "torch", "optimizer": "sgd", "settings": {"rate": 0.01},
        "batches": batches, "limit": limit,
        "parameters": torch_steps(lambda w, b: t.SGD([w, b], lr=0.01), batches, limit),
    })
    agree("accumulate", cases[-1]["parameters"],
          keras_steps(o.SGD(gradient_accumulation_steps=batches, global_clipnorm=limit)))
    return cases


def clipping():
    weight, bias = exact(normal(52, 2, 2) * 2), exact([0.25, -0.5])
    cases = []
    for clip, argument, limits in [
        ("global_norm", "global_clipnorm", [1.0, 100.0]),
        # Above both norms, between them, and below both.
        ("norm", "clipnorm", [100.0, 1.0, 0.125]),
        ("value", "clipvalue", [100.0, 0.375]),
    ]:
        for limit in limits:
            # Descent from 0 at rate 1 gives the clipped gradient, negated.
            variables = [keras.Variable(np.zeros((2, 2))), keras.Variable(np.zeros(2))]
            optimizer = keras.optimizers.SGD(learning_rate=1.0, **{argument: limit})
            optimizer.build(variables)
            optimizer.apply([jnp.asarray(weight), jnp.asarray(bias)])
            clipped = [-np.asarray(v.value) for v in variables]

            tensors = [leaf(np.zeros((2, 2))), leaf(np.zeros(2))]
            for tensor, gradient in zip(tensors, (weight, bias)):
                tensor.grad = torch.tensor(gradient)
            if clip == "global_norm":
                torch.nn.utils.clip_grad_norm_(tensors, limit)
            elif clip == "value":
                torch.nn.utils.clip_grad_value_(tensors, limit)
            else:
                for tensor in tensors:
                    torch.nn.utils.clip_grad_norm_([tensor], limit)
            for ours, tensor in zip(clipped, tensors):
                # PyTorch adds 1e-6 to the norm.
                agree(f"{clip} {limit}", ours, tensor.grad, 4e-6)
            cases.append({"clip": clip, "limit": limit, "weight": clipped[0], "bias": clipped[1]})
    return {"weight": weight, "bias": bias, "cases": cases}


def optimizers():
    start = normal(50, 6)
    gradients = normal(51, 10, 6)
    gradients[:, 1] *= 1e-8  # always tiny: epsilon matters
    gradients[:, 2] *= 1e2  # always large
    gradients[:, 3] = 0.0  # never touched, but by weight decay
    gradients[4, 0] = 0.0  # at rest for a step
    gradients[6, 4] = 1e2  # an outlier
    gradients[7:, 5] *= 1e-8  # dies down
    gradients = exact(gradients)

    o, t = keras.optimizers, torch.optim
    made = {
        "sgd": o.SGD(),
        "momentum": o.SGD(momentum=0.9),
        "nesterov": o.SGD(momentum=0.9, nesterov=True),
        "rmsprop": o.RMSprop(),
        "adam": o.Adam(),
        "adamw": o.AdamW(),
        "adagrad": o.Adagrad(),
        "adadelta": o.Adadelta(),
        "adamax": o.Adamax(),
        "nadam": o.Nadam(),
        "lion": o.Lion(),
        "amsgrad": o.Adam(amsgrad=True),
    }
    names = {
        "learning_rate": "rate", "momentum": "momentum", "nesterov": "nesterov", "rho": "rho", "beta_1": "beta1",
        "beta_2": "beta2", "epsilon": "epsilon", "weight_decay": "weight_decay",
        "initial_accumulator_value": "initial",
    }
    cases = []
    for name, optimizer in made.items():
        config = optimizer.get_config()
        assert not any(config.get(key) for key in ("centered", "use_ema", "clipnorm", "global_clipnorm"))
        assert bool(config.get("amsgrad")) == (name == "amsgrad")
        settings = {ours: config[theirs] for theirs, ours in names.items() if config.get(theirs) is not None}
        # Keras reports the rate as it stored it.
        settings["rate"] = float(optimizer.learning_rate.value)
        if name == "nadam":
            # It is a constant of Keras.
            settings["momentum_decay"] = 1.0
        cases.append({
            "optimizer": name, "from": "keras", "settings": settings,
            "parameters": run_keras(optimizer, start, gradients),
        })
        rate, epsilon = settings["rate"], 1e-30
        betas = (settings.get("beta1"), settings.get("beta2"))
        make = {
            "sgd": lambda w: t.SGD(w, lr=rate),
            "momentum": lambda w: t.SGD(w, lr=rate, momentum=0.9),
            "nesterov": lambda w: t.SGD(w, lr=rate, momentum=0.9, nesterov=True),
            "rmsprop": lambda w: t.RMSprop(w, lr=rate, alpha=settings["rho"], eps=epsilon),
            "adam": lambda w: t.Adam(w, lr=rate, betas=betas, eps=epsilon),
            "adamw": lambda w: t.AdamW(w, lr=rate, betas=betas, eps=epsilon, weight_decay=settings["weight_decay"]),
            "adagrad": lambda w: t.Adagrad(
                w, lr=rate, initial_accumulator_value=settings["initial"], eps=epsilon),
            "adadelta": lambda w: t.Adadelta(w, lr=rate, rho=settings["rho"], eps=settings["epsilon"]),
            "adamax": lambda w: t.Adamax(w, lr=rate, betas=betas, eps=epsilon),
            "nadam": lambda w: t.NAdam(w, lr=rate, betas=betas, eps=settings["epsilon"], momentum_decay=1.0),
            "amsgrad": lambda w: t.Adam(w, lr=rate, betas=betas, eps=epsilon, amsgrad=True),
        }.get(name)
        if make is None:
            continue
        after = run_torch(make, start, gradients)
        if "epsilon" in settings and name not in ("adadelta", "nadam"):
            settings = settings | {"epsilon": epsilon}
            config["epsilon"] = epsilon
            agree(name, after, run_keras(type(optimizer).from_config(config), start, gradients))
        else:
            agree(name, after, cases[-1]["parameters"])
        cases.append({"optimizer": name, "from": "torch", "settings": settings, "parameters": after})
    for name, made in (("radam", t.RAdam), ("nadam", t.NAdam)):
        defaults = made([leaf(start)]).defaults
        settings = {"rate": defaults["lr"], "beta1": defaults["betas"][0], "beta2": defaults["betas"][1],
                    "epsilon": defaults["eps"]}
        if name == "nadam":
            settings["momentum_decay"] = defaults["momentum_decay"]
        cases.append({
            "optimizer": name, "from": "torch", "settings": settings,
            "parameters": run_torch(made, start, gradients),
        })
    return {
        "start": start, "gradients": gradients, "cases": cases, "clipping": clipping(),
        "wrapped": wrapped(start, gradients),
    }


# ---------------------------------------------------------------------------- network


def network():
    x, index = normal(60, 6, 4), np.array([0, 2, 1, 1, 0, 2])
    initial = [
        exact(normal(61, 4, 8) * 0.7), exact(normal(62, 8) * 0.1), np.ones(8), np.zeros(8), np.zeros(8), np.ones(8),
        exact(normal(63, 8, 3) * 0.5), exact(normal(64, 3) * 0.1),
    ]
    keys = ["first_weight", "first_bias", "scale", "shift", "mean", "variance", "second_weight", "second_bias"]

    def build():
        model = keras.Sequential([
            keras.Input((4,)),
            keras.layers.Dense(8, activation="relu"),
            keras.layers.BatchNormalization(),
            keras.layers.Dense(3),
        ])
        model.set_weights(initial)
        return model

    model = build()
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    optimizer = keras.optimizers.Adam()
    optimizer.build(model.trainable_variables)

    def forward(trained, kept):
        output, kept = model.stateless_call(trained, kept, x, training=True)
        return loss(index, output), kept

    step = jax.value_and_grad(forward, has_aux=True)
    found = []
    for _ in range(10):
        trained = [v.value for v in model.trainable_variables]
        kept = [v.value for v in model.non_trainable_variables]
        (value, kept), gradients = step(trained, kept)
        found.append(value)
        optimizer.apply(gradients)
        for variable, new in zip(model.non_trainable_variables, kept):
            variable.assign(new)
    final = model.get_weights()
    prediction = model(x, training=False)

    # PyTorch, too. Its epsilon stands beside sqrt(v / (1 - beta2^t)), that of Keras beside sqrt(v).
    network = torch.nn.Sequential(
        torch.nn.Linear(4, 8), torch.nn.ReLU(), torch.nn.BatchNorm1d(8, eps=1e-3, momentum=0.01), torch.nn.Linear(8, 3)
    )
    with torch.no_grad():
        for parameter, value in zip(network.parameters(), initial[:4] + initial[6:]):
            parameter.copy_(torch.tensor(value.T))
    adam = torch.optim.Adam(network.parameters())
    losses = []
    for t in range(1, 11):
        adam.param_groups[0]["eps"] = 1e-7 / (1 - 0.999**t) ** 0.5
        adam.zero_grad()
        value = F.cross_entropy(network(torch.tensor(x)), torch.tensor(index))
        value.backward()
        adam.step()
        losses.append(value.item())
    agree("losses of PyTorch", losses, found, 1e-11)
    for parameter, value in zip(network.parameters(), final[:4] + final[6:]):
        agree("weights of PyTorch", parameter.detach().numpy().T, value, 1e-11)

    # The loop above is what Keras' own `fit` does.
    other = build()
    other.compile(optimizer="adam", loss=loss)
    history = other.fit(x, index, batch_size=6, epochs=10, shuffle=False, verbose=0)
    agree("losses", history.history["loss"], found)
    for a, b in zip(other.get_weights(), final):
        agree("weights", a, b)
    return {
        "input": x, "class": index, "initial": dict(zip(keys, initial)), "final": dict(zip(keys, final)),
        "losses": found, "prediction": prediction,
    }


# ---------------------------------------------------------------------------- writing


def text(value, indent=0):
    """JSON with 17 significant digits; an array of numbers is one line."""
    inner, outer = "  " * (indent + 1), "  " * indent
    if isinstance(value, dict):
        lines = [f"{inner}{json.dumps(key)}: {text(item, indent + 1)}" for key, item in value.items()]
        return "{\n" + ",\n".join(lines) + "\n" + outer + "}"
    if isinstance(value, list) and value and not isinstance(value[0], (int, float)):
        return "[\n" + ",\n".join(inner + text(item, indent + 1) for item in value) + "\n" + outer + "]"
    if isinstance(value, list):
        return "[" + ", ".join(text(item) for item in value) + "]"
    if isinstance(value, float):
        assert np.isfinite(value)
        return f"{value:.17g}"
    return json.dumps(value)


def plain(value):
    """Arrays of every library as lists."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, (str, bool, int, float)):
        return value
    array = np.asarray(value)
    assert array.dtype in (np.float64, np.int64), array.dtype
    return array.tolist()


def main():
    for make in (activations, layers, losses, optimizers, network):
        path = HERE / f"{make.__name__}.json"
        content = text(plain({"made by": MADE_BY} | make())) + "\n"
        json.loads(content)
        path.write_text(content)
        print(f"{path.name}: {len(content)} bytes")


if __name__ == "__main__":
    main()
