"""Fingerprints of Sequential![Dense<4, 16>, Relu, Dense<16, 3>] and of single layers, from the definition: FNV-1a of 64 bits over
names (without generic parameters, closed by 0xff) and numbers (8 bytes, little-endian).

A layer is its name, its size in bytes, its arrays (name, role, rank, sizes), its settings and its parts' fingerprints.
"""


def fnv(parts):
    value = 0xCBF29CE484222325
    for part in parts:
        data = part.encode() + b"\xff" if isinstance(part, str) else part.to_bytes(8, "little")
        for byte in data:
            value = (value ^ byte) * 0x100000001B3 % 2**64
    return value


WEIGHT, BIAS, SCALE, STATISTIC = 1, 2, 3, 4


def dense(inputs, outputs):
    size = 4 * (inputs * outputs + outputs)
    return size, fnv(["Dense", size, "weight", WEIGHT, 2, inputs, outputs, "bias", BIAS, 1, outputs])


def chain(first, second):
    size = first[0] + second[0]
    return size, fnv(["Chain", size, first[1], second[1]])


if __name__ == "__main__":
    relu = 0, fnv(["Relu", 0])
    print(hex(chain(dense(4, 16), chain(relu, dense(16, 3)))[1]))
    # Conv2d<1, 2, 3>, whose settings are IN, OUT, KERNEL, STRIDE, PADDING, DILATION and GROUPS.
    conv2d = ["Conv2d", 4 * 20, "weight", WEIGHT, 4, 1, 3, 3, 2, "bias", BIAS, 1, 2, 1, 2, 3, 1, 0, 1, 1]
    # Gru<2, 3>, with IN and HIDDEN.
    gru = ["Gru", 4 * 63, "input_weight", WEIGHT, 2, 2, 9, "hidden_weight", WEIGHT, 2, 3, 9]
    gru += ["input_bias", BIAS, 1, 9, "hidden_bias", BIAS, 1, 9, 2, 3]
    # LayerNorm<3> and BatchNorm<3>, with exponents in two's complement.
    minus_3 = 2**64 - 3
    affine = ["scale", SCALE, 1, 3, "shift", BIAS, 1, 3]
    layer_norm = ["LayerNorm", 4 * 6, *affine, 3, minus_3]
    batch_norm = ["BatchNorm", 4 * 12, *affine, "mean", STATISTIC, 1, 3, "variance", STATISTIC, 1, 3, 99, minus_3]
    print(*(hex(fnv(parts)) for parts in (conv2d, gru, layer_norm, batch_norm)))
