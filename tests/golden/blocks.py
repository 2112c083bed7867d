"""Golden file of normalisations, embeddings, attention, branches: PyTorch, and Keras where it has the same.

    pip install -r tests/golden/requirements.txt
    python tests/golden/blocks.py

It writes blocks.json, an object of cases. Each has
    "input" (numbers, or tokens), "parameters": name -> numbers, "cotangent", the derivative of a loss by the
    output; "output", "gradients": name -> numbers, and "input_gradient" where the input is numbers.
Every array is flat, in typenet's order: a sample after the other, images with the channels first, sequences
with the steps first, a weight with a row for each input. Names are those of typenet's arrays.

Everything is computed in float64; inputs are rounded to float32 first. A second run writes the same bytes.
"""

from generate import HERE, MADE_BY, agree, exact, keras, normal, np, plain, text, torch

import jax
import jax.numpy as jnp

nn = torch.nn
cases = {}


def flat(values):
    values = values.detach().numpy() if isinstance(values, torch.Tensor) else np.asarray(values)
    return np.ascontiguousarray(values).reshape(-1)


def case(name, x, parameters, function, seed):
    """`function` takes PyTorch's input and parameters (name -> tensor, in typenet's layout)."""
    tokens = x.dtype == np.int64
    t = torch.tensor(x, requires_grad=not tokens)
    leaves = {key: torch.tensor(value, requires_grad=True) for key, value in parameters.items()}
    output = function(t, leaves)
    cotangent = normal(seed, *output.shape)
    output.backward(torch.tensor(cotangent))
    cases[name] = {
        "input": flat(x), "parameters": {key: flat(value) for key, value in parameters.items()},
        "cotangent": flat(cotangent), "output": flat(output),
        "gradients": {key: flat(leaf.grad) for key, leaf in leaves.items()},
    } | ({} if tokens else {"input_gradient": flat(t.grad)})
    return x, cotangent, output.detach().numpy(), None if tokens else t.grad.numpy()


def keras_agrees(name, found, function, tolerance=1e-11):
    """Keras' function of the input alone gives the same output and the same derivative by it."""
    x, cotangent, output, gradient = found
    other, pull = jax.vjp(function, jnp.asarray(x))
    agree(name, other, output, tolerance)
    if gradient is not None:
        agree(name, pull(jnp.asarray(cotangent))[0], gradient, 10 * tolerance)


def scaled(seed, *shape):
    return exact(normal(seed, *shape) * 1.5 + 0.5)


# ---------------------------------------------------------------------------- activations


def p_relu():
    for name, shape in {"p_relu": (4, 3), "p_relu of an image": (2, 3, 2, 4)}.items():
        case(name, scaled(100, *shape), {"slope": normal(101, 3)}, lambda t, p: nn.functional.prelu(t, p["slope"]), 102)


# ---------------------------------------------------------------------------- normalisation


def normalisations():
    parameters = {"scale": scaled(110, 4), "shift": normal(111, 4)}
    functional = nn.functional
    for name, shape in {
        "layer_norm": (3, 4), "layer_norm of a sequence": (2, 3, 4), "layer_norm of an image": (2, 3, 2, 4),
    }.items():
        found = case(
            name, scaled(112, *shape), parameters,
            lambda t, p: functional.layer_norm(t, (4,), p["scale"], p["shift"], eps=1e-3), 113,
        )
        layer = keras.layers.LayerNormalization()
        layer.build((None, 4))
        layer.set_weights([parameters["scale"], parameters["shift"]])
        assert layer.epsilon == 1e-3
        keras_agrees(name, found, layer)
    case(
        "layer_norm of PyTorch", scaled(114, 3, 4), parameters,
        lambda t, p: functional.layer_norm(t, (4,), p["scale"], p["shift"]), 115,
    )

    for name, shape in {"rms_norm": (3, 4), "rms_norm of a sequence": (2, 3, 4)}.items():
        scale = {"scale": parameters["scale"]}
        found = case(
            name, scaled(116, *shape), scale, lambda t, p: functional.rms_norm(t, (4,), p["scale"], eps=1e-6), 117,
        )
        layer = keras.layers.RMSNormalization()
        layer.build((None, 4))
        layer.set_weights([parameters["scale"]])
        assert layer.epsilon == 1e-6
        keras_agrees(name, found, layer)

    for name, groups, shape in [
        ("group_norm", 2, (3, 6)), ("group_norm of an image", 2, (2, 4, 3, 2)), ("instance_norm", 4, (2, 4, 3, 2)),
    ]:
        channels = shape[1]
        parameters = {"scale": scaled(110, channels), "shift": normal(111, channels)}
        found = case(
            name, scaled(118, *shape), parameters,
            lambda t, p: functional.group_norm(t, groups, p["scale"], p["shift"], eps=1e-3), 119,
        )
        layer = keras.layers.GroupNormalization(groups=groups, axis=1)
        layer.build((None, *shape[1:]))
        layer.set_weights([parameters["scale"], parameters["shift"]])
        assert layer.epsilon == 1e-3
        keras_agrees(name, found, layer)
    images = scaled(118, 2, 4, 3, 2)
    agree(
        "instance_norm",
        functional.instance_norm(torch.tensor(images), weight=torch.tensor(parameters["scale"]),
                                 bias=torch.tensor(parameters["shift"]), eps=1e-3),
        cases["instance_norm"]["output"].reshape(images.shape),
    )

    for name, axis, shape in [("batch_norm of an image", 1, (3, 4, 3, 2)), ("batch_norm of a sequence", -1, (3, 5, 4))]:
        def batch_norm(t, p):
            t = t if axis == 1 else t.transpose(1, 2)
            y = functional.batch_norm(t, None, None, p["scale"], p["shift"], training=True, eps=1e-3)
            return y if axis == 1 else y.transpose(1, 2)

        x = scaled(120, *shape)
        found = case(name, x, parameters, batch_norm, 121)
        layer = keras.layers.BatchNormalization(axis=axis)
        layer.build((None, *shape[1:]))
        layer.set_weights([parameters["scale"], parameters["shift"], np.zeros(4), np.ones(4)])
        agree(name, layer(x, training=True), found[2], 1e-11)
        # The statistics after the step, and inference with them.
        cases[name] |= {
            "mean": flat(layer.moving_mean.value), "variance": flat(layer.moving_variance.value),
            "inference": flat(layer(x, training=False)),
        }


# ---------------------------------------------------------------------------- tokens


def embeddings():
    tokens = np.array([[2, 0, 2], [4, 1, 2]])
    found = case(
        "embedding", tokens, {"weight": normal(130, 5, 4)}, lambda t, p: nn.functional.embedding(t, p["weight"]), 131,
    )
    layer = keras.layers.Embedding(5, 4)
    layer.build()
    layer.set_weights([normal(130, 5, 4)])
    agree("embedding", layer(tokens), found[2])

    # The formula of the paper, by complex numbers: e^(i angle) is the cosine and the sine.
    for name, dim in {"sinusoidal": 6, "sinusoidal of an odd width": 5}.items():
        frequency = 10000.0 ** (-np.arange(0, dim, 2) / dim)
        waves = np.exp(1j * np.outer(np.arange(4), frequency))
        table = np.stack([waves.imag, waves.real], axis=-1).reshape(4, -1)[:, :dim].copy()
        case(name, normal(132, 2, 4, dim), {}, lambda t, p: t + torch.tensor(table), 133)
    case("learnt_position", normal(134, 2, 4, 3), {"offset": normal(135, 4, 3)}, lambda t, p: t + p["offset"], 136)


# ---------------------------------------------------------------------------- attention


PARTS = ["query", "key", "value", "output"]


def attention_parameters(seed, dim):
    weights = {f"{part}.weight": exact(normal(seed + i, dim, dim) * 0.7) for i, part in enumerate(PARTS)}
    return weights | {f"{part}.bias": exact(normal(seed + 4 + i, dim) * 0.3) for i, part in enumerate(PARTS)}


def attend(t, p, heads, causal, prefix=""):
    """PyTorch's own multi-head attention, given the weights that are to be differentiated."""
    part = {name: (p[f"{prefix}{name}.weight"].T, p[f"{prefix}{name}.bias"]) for name in PARTS}
    mask = torch.triu(torch.full((t.shape[1], t.shape[1]), -torch.inf), 1) if causal else None
    sequence = t.transpose(0, 1)
    output, _ = nn.functional.multi_head_attention_forward(
        sequence, sequence, sequence, t.shape[2], heads,
        torch.cat([part[name][0] for name in PARTS[:3]]), torch.cat([part[name][1] for name in PARTS[:3]]),
        None, None, False, 0.0, *part["output"], attn_mask=mask, need_weights=False,
    )
    return output.transpose(0, 1)


def attention():
    for name, heads, causal in [("attention", 2, False), ("causal attention", 3, True), ("attention of one head", 1, False)]:
        parameters = attention_parameters(140, 6)
        found = case(name, normal(148, 2, 5, 6), parameters, lambda t, p: attend(t, p, heads, causal), 149)
        layer = keras.layers.MultiHeadAttention(heads, 6 // heads)
        layer.build((None, 5, 6), (None, 5, 6))
        shapes = [variable.shape for variable in layer.variables]
        values = [parameters[f"{part}.{kind}"] for part in PARTS for kind in ("weight", "bias")]
        layer.set_weights([value.reshape(shape) for value, shape in zip(values, shapes)])
        # On JAX, Keras computes attention to float32 only.
        keras_agrees(name, found, lambda x: layer(x, x, use_causal_mask=causal), 1e-5)


def transformer_block():
    """PyTorch's TransformerEncoderLayer with the normalisation first."""
    dim, hidden, heads = 4, 6, 2
    prefix = "0.1."
    parameters = {prefix + key: value for key, value in attention_parameters(170, dim).items()}
    parameters |= {"0.0.scale": scaled(180, dim), "0.0.shift": normal(181, dim), "1.0.scale": scaled(182, dim),
                   "1.0.shift": normal(183, dim)}
    parameters |= {"1.1.0.weight": normal(184, dim, hidden), "1.1.0.bias": normal(185, hidden),
                   "1.1.2.weight": normal(186, hidden, dim), "1.1.2.bias": normal(187, dim)}
    for name, causal in {"transformer block": False, "causal transformer block": True}.items():
        layer = nn.TransformerEncoderLayer(
            dim, heads, hidden, dropout=0.0, activation="gelu", layer_norm_eps=1e-5, batch_first=True, norm_first=True,
        )
        mask = nn.Transformer.generate_square_subsequent_mask(4) if causal else None

        def block(t, p):
            projections = [p[f"{prefix}{part}.weight"].T for part in PARTS[:3]]
            replaced = {
                "self_attn.in_proj_weight": torch.cat(projections),
                "self_attn.in_proj_bias": torch.cat([p[f"{prefix}{part}.bias"] for part in PARTS[:3]]),
                "self_attn.out_proj.weight": p[f"{prefix}output.weight"].T,
                "self_attn.out_proj.bias": p[f"{prefix}output.bias"],
                "norm1.weight": p["0.0.scale"], "norm1.bias": p["0.0.shift"],
                "norm2.weight": p["1.0.scale"], "norm2.bias": p["1.0.shift"],
                "linear1.weight": p["1.1.0.weight"].T, "linear1.bias": p["1.1.0.bias"],
                "linear2.weight": p["1.1.2.weight"].T, "linear2.bias": p["1.1.2.bias"],
            }
            assert set(replaced) == set(dict(layer.named_parameters()))
            return torch.func.functional_call(layer, replaced, (t, mask))

        case(name, normal(188, 2, 4, dim), parameters, block, 189)


def glu():
    functional = nn.functional
    for name, shape, dim in [("glu", (3, 6), -1), ("glu of a sequence", (2, 3, 4), -1), ("glu of an image", (2, 4, 3, 2), 1)]:
        case(name, scaled(190, *shape), {}, lambda t, p: functional.glu(t, dim), 191)


def concat():
    parameters = {"0.0.weight": normal(192, 3, 2), "0.0.bias": normal(193, 2)}
    dense = lambda t, p: t @ p["0.0.weight"] + p["0.0.bias"]
    case("concat", normal(194, 4, 3), parameters, lambda t, p: torch.cat([dense(t, p), t], -1), 195)
    case("concat of images", normal(196, 2, 2, 3, 2), {}, lambda t, p: torch.cat([torch.tanh(t), t], 1), 197)


def gated():
    parameters = {"0.0.weight": normal(160, 3, 4), "0.0.bias": normal(161, 4), "0.1.0.weight": normal(162, 3, 4),
                  "0.1.0.bias": normal(163, 4)}

    def gate(t, p):
        dense = lambda name: t @ p[f"{name}.weight"] + p[f"{name}.bias"]
        return dense("0.0") * torch.sigmoid(dense("0.1.0"))

    case("gate of two branches", normal(164, 3, 3), parameters, gate, 165)


# ---------------------------------------------------------------------------- without bias, scale or shift


def without():
    functional = nn.functional
    found = case(
        "dense without a bias", normal(200, 4, 5), {"weight": normal(201, 5, 3)}, lambda t, p: t @ p["weight"], 202,
    )
    layer = keras.layers.Dense(3, use_bias=False)
    layer.build((None, 5))
    layer.set_weights([normal(201, 5, 3)])
    keras_agrees("dense without a bias", found, layer)

    both = {"scale": scaled(110, 4), "shift": normal(111, 4)}
    for ending, kept in {"without a scale": ["shift"], "without a shift": ["scale"], "without both": []}.items():
        parameters = {key: both[key] for key in kept}
        settings = {"scale": "scale" in kept, "center": "shift" in kept}
        norms = {
            "layer_norm": (keras.layers.LayerNormalization(**settings), (2, 3, 4), lambda t, p: functional.layer_norm(
                t, (4,), p.get("scale"), p.get("shift"), eps=1e-3)),
            "group_norm": (keras.layers.GroupNormalization(groups=2, axis=1, **settings), (2, 4, 3, 2),
                           lambda t, p: functional.group_norm(t, 2, p.get("scale"), p.get("shift"), eps=1e-3)),
            "instance_norm": (keras.layers.GroupNormalization(groups=4, axis=1, **settings), (2, 4, 3, 2),
                              lambda t, p: functional.instance_norm(
                                  t, weight=p.get("scale"), bias=p.get("shift"), eps=1e-3)),
        }
        for name, (layer, shape, function) in norms.items():
            found = case(f"{name} {ending}", scaled(210, *shape), parameters, function, 211)
            layer.build((None, *shape[1:]))
            layer.set_weights(list(parameters.values()))
            keras_agrees(f"{name} {ending}", found, layer)
        for name, shape in [("batch_norm", (6, 4)), ("batch_norm of an image", (3, 4, 3, 2))]:
            name, x = f"{name} {ending}", scaled(212, *shape)
            found = case(
                name, x, parameters,
                lambda t, p: functional.batch_norm(
                    t, None, None, p.get("scale"), p.get("shift"), training=True, eps=1e-3), 213,
            )
            layer = keras.layers.BatchNormalization(axis=1, **settings)
            layer.build((None, *shape[1:]))
            layer.set_weights([*parameters.values(), np.zeros(4), np.ones(4)])
            agree(name, layer(x, training=True), found[2], 1e-11)
            cases[name] |= {
                "mean": flat(layer.moving_mean.value), "variance": flat(layer.moving_variance.value),
                "inference": flat(layer(x, training=False)),
            }
    case("rms_norm without a scale", scaled(214, 2, 3, 4), {}, lambda t, p: functional.rms_norm(t, (4,), eps=1e-6), 215)

    parameters = {f"{part}.weight": exact(normal(220 + i, 6, 6) * 0.7) for i, part in enumerate(PARTS)}
    none = {f"{part}.bias": torch.zeros(6, dtype=torch.float64) for part in PARTS}
    found = case("attention without biases", normal(224, 2, 5, 6), parameters, lambda t, p: attend(t, p | none, 2, False), 225)
    layer = keras.layers.MultiHeadAttention(2, 3, use_bias=False)
    layer.build((None, 5, 6), (None, 5, 6))
    shapes = [variable.shape for variable in layer.variables]
    layer.set_weights([value.reshape(shape) for value, shape in zip(parameters.values(), shapes)])
    keras_agrees("attention without biases", found, lambda x: layer(x, x), 1e-5)

    for name, gates, make in [("rnn", 1, keras.layers.SimpleRNN), ("gru", 3, keras.layers.GRU), ("lstm", 4, keras.layers.LSTM)]:
        parameters = {"input_weight": exact(normal(230, 3, gates * 4) * 0.75), "hidden_weight": exact(normal(231, 4, gates * 4) * 0.5)}
        run = {"rnn": torch._VF.rnn_tanh, "gru": torch._VF.gru, "lstm": torch._VF.lstm}[name]
        start = torch.zeros(1, 2, 4, dtype=torch.float64)
        start = (start, start) if name == "lstm" else start

        def last(t, p):
            weights = [p["input_weight"].T, p["hidden_weight"].T]
            return run(t, start, weights, False, 1, 0.0, False, False, True)[0][:, -1]

        found = case(f"{name} without biases", normal(232, 2, 5, 3), parameters, last, 233)
        layer = make(4, use_bias=False)
        layer.build((None, 5, 3))
        # Keras has the update gate of a GRU before the reset gate.
        order = [1, 0, 2] if gates == 3 else range(gates)
        layer.set_weights([np.concatenate([np.split(w, gates, -1)[i] for i in order], -1) for w in parameters.values()])
        keras_agrees(f"{name} without biases", found, layer)

    # The block of ResNet (He et al. 2015): no bias before a normalisation.
    parameters = {}
    for i in (0, 3):
        parameters |= {f"{i}.weight": exact(normal(240 + i, 4, 3, 3, 4) * 0.3), f"{i + 1}.scale": scaled(241 + i, 4),
                       f"{i + 1}.shift": normal(242 + i, 4)}

    def block(t, p):
        y = t
        for i in (0, 3):
            # From [in][row][column][out].
            y = functional.conv2d(y, p[f"{i}.weight"].permute(3, 0, 1, 2), padding=1)
            y = functional.batch_norm(y, None, None, p[f"{i + 1}.scale"], p[f"{i + 1}.shift"], training=True, eps=1e-3)
            y = torch.relu(y) if i == 0 else y
        return torch.relu(t + y)

    parameters = {f"0.{key}": value for key, value in parameters.items()}
    stripped = lambda p: {key.removeprefix("0."): value for key, value in p.items()}
    case("residual block", normal(250, 3, 4, 3, 2), parameters, lambda t, p: block(t, stripped(p)), 251)


def main():
    p_relu()
    normalisations()
    embeddings()
    attention()
    transformer_block()
    glu()
    concat()
    gated()
    without()
    path = HERE / "blocks.json"
    content = text(plain({"made by": MADE_BY, "cases": cases})) + "\n"
    path.write_text(content)
    print(f"{path.name}: {len(content)} bytes")


if __name__ == "__main__":
    main()
