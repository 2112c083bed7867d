"""The fingerprint of Sequential![Dense<4, 16>, Relu, Dense<16, 3>], from its definition: FNV-1a of 64 bits over
names (without generic parameters, closed by 0xff) and numbers (8 bytes, little-endian).

A layer is its name, its size in bytes, its arrays (name, role, rank, sizes) and its parts' fingerprints.
"""


def fnv(parts):
    value = 0xCBF29CE484222325
    for part in parts:
        data = part.encode() + b"\xff" if isinstance(part, str) else part.to_bytes(8, "little")
        for byte in data:
            value = (value ^ byte) * 0x100000001B3 % 2**64
    return value


WEIGHT, BIAS = 1, 2


def dense(inputs, outputs):
    size = 4 * (inputs * outputs + outputs)
    return size, fnv(["Dense", size, "weight", WEIGHT, 2, inputs, outputs, "bias", BIAS, 1, outputs])


def chain(first, second):
    size = first[0] + second[0]
    return size, fnv(["Chain", size, first[1], second[1]])


if __name__ == "__main__":
    relu = 0, fnv(["Relu", 0])
    print(hex(chain(dense(4, 16), chain(relu, dense(16, 3)))[1]))
