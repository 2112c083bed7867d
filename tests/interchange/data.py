"""Files of samples as NumPy, gzip and an image library write them, for typenet to read.

    pip install -r tests/interchange/requirements.txt
    python tests/interchange/data.py

It writes the folder data: inputs.npy and its kin hold 0.25 i - 2 for the i-th number, row after row.
"""

import gzip
import shutil
import struct
from pathlib import Path

import numpy as np
from PIL import Image

DATA = Path(__file__).parent / "data"

shutil.rmtree(DATA, ignore_errors=True)
DATA.mkdir()

inputs = (np.arange(4 * 2 * 3) * 0.25 - 2).reshape(4, 2, 3)
targets = np.array([2, 0, 1, 1])
np.save(DATA / "inputs.npy", inputs.astype(np.float32))
np.save(DATA / "targets.npy", targets)
np.save(DATA / "inputs_f8_big_fortran.npy", np.asfortranarray(inputs.astype(">f8")))
np.save(DATA / "targets_bool.npy", targets == 1)
np.save(DATA / "half.npy", inputs.astype(np.float16))
np.save(DATA / "complex.npy", inputs.astype(np.complex64))
np.save(DATA / "records.npy", np.zeros(3, dtype=[("x", "f4"), ("y", "i4")]))
np.save(DATA / "single.npy", np.float32(1.5))
np.save(DATA / "infinite.npy", np.array([[0.0, 1.0], [2.0, np.inf]]))
np.save(DATA / "negative.npy", np.array([3, -1]))
np.save(DATA / "none.npy", np.zeros((0, 2, 3), np.float32))
for save, name in ((np.savez, "stored.npz"), (np.savez_compressed, "both.npz")):
    save(DATA / name, inputs=inputs.astype(np.float32), targets=targets.astype(np.uint8))


def idx(kind, array):
    header = struct.pack(">BBBB", 0, 0, kind, array.ndim) + struct.pack(f">{array.ndim}I", *array.shape)
    return header + array.tobytes()


images = (np.arange(5 * 3 * 4) * 7 % 256).astype(np.uint8).reshape(5, 3, 4)
(DATA / "images-idx3-ubyte").write_bytes(idx(0x08, images))
(DATA / "images-idx3-ubyte.gz").write_bytes(gzip.compress(idx(0x08, images), mtime=0))
(DATA / "labels-idx1-ubyte").write_bytes(idx(0x08, np.array([0, 1, 2, 3, 9], np.uint8)))
(DATA / "floats-idx").write_bytes(idx(0x0D, inputs.astype(">f4")))
(DATA / "shorts-idx").write_bytes(idx(0x0B, np.array([[-300, 300]], ">i2")))

# Four images of 4 x 3, in the order of their classes and names, and what they are in numbers.
rng = np.random.default_rng(1)
grey = np.arange(12, dtype=np.uint8).reshape(3, 4) * 23
color = rng.integers(0, 256, (3, 4, 3), dtype=np.uint8)
opaque = np.concatenate([rng.integers(0, 256, (3, 4, 3), dtype=np.uint8), np.full((3, 4, 1), 255, np.uint8)], axis=-1)
flat = np.full((3, 4, 3), (200, 100, 50), np.uint8)
for folder in ("circle", "square", ".hidden"):
    (DATA / "images" / folder).mkdir(parents=True)
Image.fromarray(grey).save(DATA / "images/circle/grey.png")
Image.fromarray(opaque).save(DATA / "images/circle/opaque.png")
Image.fromarray(color).save(DATA / "images/square/Color.PNG")
Image.fromarray(flat).save(DATA / "images/square/flat.jpg", quality=95)
(DATA / "images/square/notes.txt").write_text("passed over\n")
(DATA / "images/.hidden/notes.txt").write_text("passed over\n")
read = [Image.open(DATA / "images" / name).convert("RGB") for name in
        ("circle/grey.png", "circle/opaque.png", "square/Color.PNG", "square/flat.jpg")]
np.save(DATA / "images.npy", np.stack([np.moveaxis(np.array(i), -1, 0) for i in read]).astype(np.float32) / 255)

clear = opaque.copy()
clear[1, 2, 3] = 254
Image.fromarray(clear).save(DATA / "clear.png")
deep = (np.arange(12, dtype=np.uint16) * 5000).reshape(3, 4)
Image.fromarray(deep).save(DATA / "deep.png")

# Images in which every row counts, as the two kinds of JPEG have them, and what an image library makes of one:
# grey, scaled, and the middle of it scaled.
noise = Image.fromarray(rng.integers(0, 255, (32, 48, 3)).astype(np.uint8))
noise.save(DATA / "noise.jpg", quality=95)
noise.save(DATA / "progressive.jpg", quality=95, progressive=True)
noise.save(DATA / "noise.png")
bilinear = Image.Resampling.BILINEAR
for name, image in (("grey", noise.convert("L")), ("resized", noise.resize((8, 10), bilinear)),
                    ("cropped", noise.crop((8, 0, 40, 32)).resize((10, 10), bilinear))):
    image = np.array(image)
    image = image[None] if image.ndim == 2 else np.moveaxis(image, -1, 0)
    np.save(DATA / f"noise_{name}.npy", image[None].astype(np.float32) / 255)
