"""Writes weights files from the format's description alone: one that is right and several that are not.

Run it in this folder; a second run writes the same bytes.
"""

import struct
import sys
import zlib

sys.path.insert(0, "../golden")
from fingerprint import chain, dense, fnv  # noqa: E402


def weights(fingerprint, numbers, version=1, measured=0):
    payload = struct.pack(f"<{len(numbers)}f", *numbers)
    checked = struct.pack("<IQIIII", version, fingerprint, len(numbers) - measured, measured, len(payload), 0) + payload
    return b"typenet\0" + struct.pack("<I", zlib.crc32(checked)) + checked


tanh, relu = (0, fnv(["Tanh", 0])), (0, fnv(["Relu", 0]))
# Dense<2, 3> (weight by rows of inputs, bias), Dense<3, 1>.
numbers = [0.5, -1.0, 0.25, 2.0, 0.0, -0.5, 0.125, 0.0, -0.25, 1.0, -2.0, 4.0, 0.75]
small = weights(chain(dense(2, 3), chain(tanh, dense(3, 1)))[1], numbers)
files = {
    "small": small,
    "other": weights(chain(dense(2, 3), chain(relu, dense(3, 1)))[1], numbers),
    "later": weights(chain(dense(2, 3), chain(tanh, dense(3, 1)))[1], numbers, version=2),
    "flipped": small[:60] + bytes([small[60] ^ 4]) + small[61:],
    "cut": small[:-1],
}
for name, content in files.items():
    with open(f"{name}.weights", "wb") as file:
        file.write(content)
