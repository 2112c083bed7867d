"""Golden file of padded sequences: PyTorch's packed sequences, masks and ignored indices, checked against Keras' masks.

    pip install -r tests/golden/requirements.txt
    python tests/golden/padded.py

It writes padded.json: "lengths" of the sequences, which have room for 5 steps, and "cases", each with
    "input" (numbers, or tokens; whatever stands in the padding), "parameters": name -> numbers, "cotangent", the
    derivative of a loss by the output; "output" (0 in the padding), "gradients": name -> numbers, and
    "input_gradient" where the input is numbers.
Arrays are flat, as those of blocks.json. "cross_entropy" has "logits", "classes", "loss", the mean over all steps that
count, and its "gradient".
"""

import torch

# First: it chooses Keras' backend.
from generate import HERE, MADE_BY, agree, exact, keras, normal, np, plain, text

import jax.numpy as jnp

from blocks import flat

nn = torch.nn
LENGTHS = [5, 2, 4, 1]
SAMPLES, STEPS, IN, HIDDEN = len(LENGTHS), 5, 4, 4
MASK = np.arange(STEPS)[None] < np.array(LENGTHS)[:, None]
GATES = {"rnn": 1, "gru": 3, "lstm": 4}
cases = {}


def case(name, x, parameters, output, leaf, gradients):
    """Writes what a function of PyTorch gave, once its derivatives are taken. `gradients` are taken after that."""
    cotangent = exact(normal(700 + len(cases), *output.shape))
    output.backward(torch.tensor(cotangent))
    cases[name] = {
        "input": flat(x), "parameters": {key: flat(value) for key, value in parameters.items()},
        "cotangent": flat(cotangent), "output": flat(output),
        "gradients": {key: flat(value()) for key, value in gradients.items()},
    }
    if leaf is not None:
        assert not leaf.grad.numpy()[~MASK].any(), "the padding has no derivative"
        cases[name]["input_gradient"] = flat(leaf.grad)


def packed(layer, t):
    """All outputs, 0 in the padding, and the last of each sequence."""
    sequence = nn.utils.rnn.pack_padded_sequence(t, LENGTHS, batch_first=True, enforce_sorted=False)
    output, state = layer(sequence)
    state = state[0] if isinstance(state, tuple) else state
    output, lengths = nn.utils.rnn.pad_packed_sequence(output, batch_first=True, total_length=STEPS)
    assert lengths.tolist() == LENGTHS
    return output, torch.cat(list(state), dim=-1)


def of_recurrent(layer, prefix="", suffix=""):
    """typenet's arrays of a layer of PyTorch: name -> the tensor, and how it is laid out."""
    biases = {"input_bias": "bias_ih_l0", "hidden_bias": "bias_hh_l0"} if isinstance(layer, nn.GRU) else {
        "bias": "bias_ih_l0"
    }
    names = {"input_weight": "weight_ih_l0", "hidden_weight": "weight_hh_l0"} | biases
    return {prefix + name: getattr(layer, theirs + suffix) for name, theirs in names.items()}


def values(tensors):
    """Weights with a row for each input."""
    return {name: (t.detach().T if t.ndim == 2 else t.detach()).numpy().copy() for name, t in tensors.items()}


def gradients(tensors):
    return {name: (lambda t=t: t.grad.T if t.ndim == 2 else t.grad) for name, t in tensors.items()}


def recurrent():
    makers = {"rnn": nn.RNN, "gru": nn.GRU, "lstm": nn.LSTM}
    for seed, (kind, make) in enumerate(makers.items()):
        for mode in ("all", "last"):
            x = exact(normal(600 + seed, SAMPLES, STEPS, IN))
            layer = make(IN, HIDDEN, batch_first=True)
            fill(layer, 610 + 10 * seed)
            tensors, leaf = of_recurrent(layer), torch.tensor(x, requires_grad=True)
            output, last = packed(layer, leaf)
            chosen = output if mode == "all" else last
            other = keras_layer(kind, [values(tensors)], return_sequences=mode == "all", zero_output_for_mask=mode == "all")
            agree(f"{kind} {mode}", other(jnp.asarray(x), mask=jnp.asarray(MASK)), chosen.detach())
            # All outputs are behind `ReturnSequences` in a chain.
            prefix = "0." if mode == "all" else ""
            tensors = of_recurrent(layer, prefix)
            case(f"{kind} {mode}", x, values(tensors), chosen, leaf, gradients(tensors))


def fill(layer, seed):
    with torch.no_grad():
        for number, (name, parameter) in enumerate(layer.named_parameters()):
            parameter.copy_(torch.tensor(exact(normal(seed + number, *parameter.shape) * 0.5)))
            # Where typenet has one bias, the second is zero.
            if "bias_hh" in name and not isinstance(layer, nn.GRU):
                parameter.zero_()


def keras_order(weights, kind):
    if kind != "gru":
        return weights
    reset, update, new = np.split(weights, 3, axis=-1)
    return np.concatenate([update, reset, new], axis=-1)


def keras_layer(kind, directions, **settings):
    layer = {"rnn": keras.layers.SimpleRNN, "gru": keras.layers.GRU, "lstm": keras.layers.LSTM}[kind](
        HIDDEN, **settings
    )
    if len(directions) == 2:
        layer = keras.layers.Bidirectional(layer)
    layer.build((None, STEPS, IN))
    weights = []
    for arrays in directions:
        arrays = {name.split(".")[-1]: value for name, value in arrays.items()}
        bias = arrays["bias"] if "bias" in arrays else np.stack([arrays["input_bias"], arrays["hidden_bias"]])
        weights += [keras_order(w, kind) for w in (arrays["input_weight"], arrays["hidden_weight"], bias)]
    layer.set_weights(weights)
    return layer


def bidirectional():
    for mode in ("all", "last"):
        x = exact(normal(650, SAMPLES, STEPS, IN))
        layer = nn.LSTM(IN, HIDDEN, batch_first=True, bidirectional=True)
        fill(layer, 651)
        leaf = torch.tensor(x, requires_grad=True)
        output, last = packed(layer, leaf)
        chosen = output if mode == "all" else last
        prefix = "0." if mode == "all" else ""
        forward, backward = (
            of_recurrent(layer, f"{prefix}{way}.", suffix) for way, suffix in (("forward", ""), ("backward", "_reverse"))
        )
        other = keras_layer(
            "lstm", [values(forward), values(backward)], return_sequences=mode == "all", zero_output_for_mask=mode == "all"
        )
        agree(f"bidirectional {mode}", other(jnp.asarray(x), mask=jnp.asarray(MASK)), chosen.detach())
        tensors = forward | backward
        case(f"bidirectional {mode}", x, values(tensors), chosen, leaf, gradients(tensors))


def attention():
    for name, heads, causal in (("attention", 2, False), ("causal attention", 1, True)):
        x = exact(normal(660, SAMPLES, STEPS, IN))
        layer = nn.MultiheadAttention(IN, heads, batch_first=True)
        fill(layer, 661)
        leaf = torch.tensor(x, requires_grad=True)
        later = torch.ones(STEPS, STEPS, dtype=torch.bool).triu(1) if causal else None
        output, _ = layer(leaf, leaf, leaf, key_padding_mask=torch.tensor(~MASK), attn_mask=later)
        output = output * torch.tensor(MASK)[..., None]
        parts = ["query", "key", "value"]
        weights = dict(zip(parts, layer.in_proj_weight.detach().numpy().reshape(3, IN, IN)))
        biases = dict(zip(parts, layer.in_proj_bias.detach().numpy().reshape(3, IN)))
        parameters = {f"0.{part}.weight": weights[part].T for part in parts}
        parameters |= {f"0.{part}.bias": biases[part] for part in parts}
        parameters |= {
            "0.output.weight": layer.out_proj.weight.detach().numpy().T, "0.output.bias": layer.out_proj.bias.detach()
        }
        if not causal:
            other = keras.layers.MultiHeadAttention(heads, IN // heads)
            other.build((None, STEPS, IN), (None, STEPS, IN))
            split = [
                array for part in parts
                for array in (weights[part].T.reshape(IN, heads, -1), biases[part].reshape(heads, -1))
            ]
            other.set_weights([
                *split, parameters["0.output.weight"].reshape(heads, -1, IN), parameters["0.output.bias"].numpy()
            ])
            t = jnp.asarray(x)
            # Keras' softmax with a mask is one of float32.
            found = other(t, t, attention_mask=jnp.asarray(MASK)[:, None, :]) * MASK[..., None]
            agree(name, found, output.detach(), 1e-6)
        found = {
            f"0.{part}.weight": (lambda i=i: layer.in_proj_weight.grad.reshape(3, IN, IN)[i].T)
            for i, part in enumerate(parts)
        } | {
            f"0.{part}.bias": (lambda i=i: layer.in_proj_bias.grad.reshape(3, IN)[i]) for i, part in enumerate(parts)
        } | {
            "0.output.weight": lambda: layer.out_proj.weight.grad.T, "0.output.bias": lambda: layer.out_proj.bias.grad,
        }
        case(name, x, parameters, output, leaf, found)


def embedding():
    tokens = np.where(MASK, np.array(
        [[3, 1, 2, 3, 4], [4, 4, 0, 0, 0], [1, 2, 1, 3, 0], [2, 0, 0, 0, 0]]
    ), 0)
    assert (tokens != 0).sum() == sum(LENGTHS)
    layer = nn.Embedding(5, IN, padding_idx=0)
    with torch.no_grad():
        layer.weight[1:] = torch.tensor(exact(normal(670, 4, IN)))
    output = layer(torch.tensor(tokens))
    other = keras.layers.Embedding(5, IN, mask_zero=True)
    other.build((None, STEPS))
    other.set_weights([layer.weight.detach().numpy()])
    agree("embedding", other(jnp.asarray(tokens)), output.detach())
    assert (np.asarray(other.compute_mask(jnp.asarray(tokens))) == MASK).all()
    case("embedding", tokens, {"0.weight": layer.weight.detach()}, output, None, {"0.weight": lambda: layer.weight.grad})
    assert not layer.weight.grad[0].any()


def pooling():
    x = exact(normal(680, SAMPLES, STEPS, IN))
    mask = torch.tensor(MASK)[..., None]
    leaf = torch.tensor(x, requires_grad=True)
    average = (leaf * mask).sum(1) / mask.sum(1)
    agree("average", keras.layers.GlobalAveragePooling1D()(jnp.asarray(x), mask=jnp.asarray(MASK)), average.detach())
    case("average", x, {}, average, leaf, {})
    leaf = torch.tensor(x, requires_grad=True)
    case("maximum", x, {}, leaf.masked_fill(~mask, -torch.inf).amax(1), leaf, {})


def cross_entropy():
    logits, classes = exact(normal(690, SAMPLES, STEPS, 3) * 2), np.arange(SAMPLES * STEPS).reshape(SAMPLES, STEPS) % 3
    leaf = torch.tensor(logits, requires_grad=True)
    targets = torch.tensor(np.where(MASK, classes, -100))
    loss = nn.functional.cross_entropy(leaf.transpose(1, 2), targets)
    loss.backward()
    other = keras.losses.SparseCategoricalCrossentropy(from_logits=True, ignore_class=-100)
    agree("cross_entropy", other(targets.numpy(), jnp.asarray(logits)), loss.detach())
    return {"logits": flat(logits), "classes": flat(classes), "loss": loss.item(), "gradient": flat(leaf.grad)}


def main():
    recurrent()
    bidirectional()
    attention()
    embedding()
    pooling()
    found = {"made by": MADE_BY, "lengths": LENGTHS, "cases": cases, "cross_entropy": cross_entropy()}
    content = text(plain(found)) + "\n"
    (HERE / "padded.json").write_text(content)
    print(f"padded.json: {len(content)} bytes")


if __name__ == "__main__":
    main()
