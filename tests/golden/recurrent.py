"""Golden file of the recurrent layers: what PyTorch computes, checked against Keras.

    pip install -r tests/golden/requirements.txt
    python tests/golden/recurrent.py

It writes recurrent.json, as generate.py does. "rnn", "gru", "lstm": "input" [2][5][3],
"input_weight" [3][gates * 4], "hidden_weight" [4][gates * 4] (PyTorch's, transposed), and "bias"
[gates * 4], of a GRU "input_bias" and "hidden_bias". The key "all" has the "output" [2][5][4] of
every step, and the gradients for its "cotangent"; "last" has the "output" [2][4] of the last step,
and those for its own "cotangent". "bidirectional" has two LSTMs, "forward" and "backward", and
outputs of length 8, forwards first; its "last" is the output of each after it has seen all.
"""

import json

# First: it chooses Keras' backend.
from generate import HERE, MADE_BY, agree, leaf, normal, plain, text

import jax.numpy as jnp
import keras
import numpy as np
import torch

SAMPLES, STEPS, IN, HIDDEN = 2, 5, 3, 4


def parameters(seed, gates, biases):
    """Weights and biases in typenet's layout."""
    names = ["bias"] if biases == 1 else ["input_bias", "hidden_bias"]
    values = {
        "input_weight": normal(seed, IN, gates * HIDDEN) * 0.75,
        "hidden_weight": normal(seed + 1, HIDDEN, gates * HIDDEN) * 0.5,
    }
    return values | {name: normal(seed + 2 + i, gates * HIDDEN) * 0.5 for i, name in enumerate(names)}


def load(layer, values, suffix=""):
    """Copies them into a layer of PyTorch. Where typenet has one bias, the second is zero."""
    with torch.no_grad():
        getattr(layer, f"weight_ih_l0{suffix}").copy_(torch.tensor(values["input_weight"].T))
        getattr(layer, f"weight_hh_l0{suffix}").copy_(torch.tensor(values["hidden_weight"].T))
        getattr(layer, f"bias_ih_l0{suffix}").copy_(torch.tensor(values.get("bias", values.get("input_bias"))))
        getattr(layer, f"bias_hh_l0{suffix}").copy_(torch.tensor(values.get("hidden_bias", 0.0)))


def gradients(layer, values, suffix=""):
    found = {
        "input_weight_gradient": getattr(layer, f"weight_ih_l0{suffix}").grad.T,
        "hidden_weight_gradient": getattr(layer, f"weight_hh_l0{suffix}").grad.T,
    }
    if "bias" in values:
        return found | {"bias_gradient": getattr(layer, f"bias_ih_l0{suffix}").grad}
    return found | {
        "input_bias_gradient": getattr(layer, f"bias_ih_l0{suffix}").grad,
        "hidden_bias_gradient": getattr(layer, f"bias_hh_l0{suffix}").grad,
    }


def last_output(layer, x):
    """The hidden state after the last step; of two directions, one after the other."""
    state = layer(x)[1]
    state = state[0] if isinstance(state, tuple) else state
    return torch.cat(list(state), dim=-1)


def keras_order(weights, gates):
    """PyTorch's order of the gates in Keras': a GRU's update gate comes first there."""
    if gates != 3:
        return weights
    reset, update, new = np.split(weights, 3, axis=-1)
    return np.concatenate([update, reset, new], axis=-1)


def of_keras(name, gates, values, **settings):
    layer = {"rnn": keras.layers.SimpleRNN, "gru": keras.layers.GRU, "lstm": keras.layers.LSTM}[name](
        HIDDEN, **settings
    )
    layer.build((None, STEPS, IN))
    bias = values.get("bias")
    if bias is None:
        bias = np.stack([values["input_bias"], values["hidden_bias"]])
    layer.set_weights([keras_order(w, gates) for w in (values["input_weight"], values["hidden_weight"], bias)])
    return layer


def one_direction(name, gates, biases, seed):
    make = {"rnn": torch.nn.RNN, "gru": torch.nn.GRU, "lstm": torch.nn.LSTM}[name]
    x, values = normal(seed, SAMPLES, STEPS, IN), parameters(seed + 1, gates, biases)
    written = {"input": x} | values
    for mode, shape in (("all", (SAMPLES, STEPS, HIDDEN)), ("last", (SAMPLES, HIDDEN))):
        layer, t, cotangent = make(IN, HIDDEN, batch_first=True), leaf(x), normal(seed + 7, *shape)
        load(layer, values)
        output = layer(t)[0] if mode == "all" else last_output(layer, t)
        output.backward(torch.tensor(cotangent))
        other = of_keras(name, gates, values, return_sequences=mode == "all")
        agree(f"{name} {mode}", other(jnp.asarray(x)), output.detach())
        written[mode] = {
            "cotangent": cotangent, "output": output.detach(), "input_gradient": t.grad,
        } | gradients(layer, values)
    return written


def bidirectional(seed):
    x = normal(seed, SAMPLES, STEPS, IN)
    forward, backward = parameters(seed + 1, 4, 1), parameters(seed + 4, 4, 1)
    written = {"input": x, "forward": forward, "backward": backward}
    for mode, shape in (("all", (SAMPLES, STEPS, 2 * HIDDEN)), ("last", (SAMPLES, 2 * HIDDEN))):
        layer, t = torch.nn.LSTM(IN, HIDDEN, batch_first=True, bidirectional=True), leaf(x)
        cotangent = normal(seed + 7, *shape)
        load(layer, forward)
        load(layer, backward, "_reverse")
        output = layer(t)[0] if mode == "all" else last_output(layer, t)
        output.backward(torch.tensor(cotangent))
        other = keras.layers.Bidirectional(keras.layers.LSTM(HIDDEN, return_sequences=mode == "all"))
        other.build((None, STEPS, IN))
        other.set_weights([*forward.values(), *backward.values()])
        agree(f"bidirectional {mode}", other(jnp.asarray(x)), output.detach())
        written[mode] = {
            "cotangent": cotangent, "output": output.detach(), "input_gradient": t.grad,
            "forward": gradients(layer, forward), "backward": gradients(layer, backward, "_reverse"),
        }
    return written


def main():
    found = {
        "made by": MADE_BY,
        "rnn": one_direction("rnn", 1, 1, 900),
        "gru": one_direction("gru", 3, 2, 920),
        "lstm": one_direction("lstm", 4, 1, 940),
        "bidirectional": bidirectional(960),
    }
    content = text(plain(found)) + "\n"
    json.loads(content)
    (HERE / "recurrent.json").write_text(content)
    print(f"recurrent.json: {len(content)} bytes")


if __name__ == "__main__":
    main()
