"""The models that typenet exchanges weights with: the same in PyTorch and in Keras.

main.rs has them as types. All of them give numbers around 1.
"""

import os

os.environ.setdefault("KERAS_BACKEND", "jax")

import keras
import torch
from torch import nn

# One thread and no fused arithmetic of an accelerator: a second run gives the same bytes.
torch.set_num_threads(1)


class Residual(nn.Sequential):
    def forward(self, x):
        return x + super().forward(x)


class SelfAttention(nn.MultiheadAttention):
    def forward(self, x):
        return super().forward(x, x, x, need_weights=False)[0]


class Causal(nn.Conv1d):
    """Features last, as in typenet and Keras; nothing of later steps."""

    def forward(self, x):
        x = nn.functional.pad(x.transpose(1, 2), (self.kernel_size[0] - 1, 0))
        return super().forward(x).transpose(1, 2)


class Steps(nn.Conv1d):
    """Features last."""

    def forward(self, x):
        return super().forward(x.transpose(1, 2)).transpose(1, 2)


class AllSteps(nn.GRU):
    def forward(self, x):
        return super().forward(x)[0]


class BothWays(nn.LSTM):
    def forward(self, x):
        return super().forward(x)[0]


class LastBothWays(nn.GRU):
    """The last state of each direction, side by side."""

    def forward(self, x):
        return torch.cat(list(super().forward(x)[1]), dim=-1)


class LastStep(nn.RNN):
    def forward(self, x):
        return super().forward(x)[0][:, -1]



def of_torch(name):
    return {
        "vectors": lambda: nn.Sequential(
            nn.Linear(4, 6), nn.ReLU(), nn.BatchNorm1d(6), nn.Dropout(), nn.Linear(6, 5), nn.LayerNorm(5),
            nn.PReLU(5), nn.Linear(5, 2),
        ),
        "images": lambda: nn.Sequential(
            nn.Conv2d(2, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU(), nn.Conv2d(4, 4, 3, groups=4),
            nn.GroupNorm(2, 4), nn.Conv2d(4, 6, 3, stride=2, groups=2), nn.InstanceNorm2d(6, affine=True),
            nn.ConvTranspose2d(6, 3, 3, stride=2), nn.Flatten(), nn.Linear(75, 3),
        ),
        "sequences": lambda: nn.Sequential(
            nn.Embedding(11, 8), Causal(8, 8, 3), Residual(nn.LayerNorm(8), SelfAttention(8, 2, batch_first=True)),
            nn.RMSNorm(8, eps=1e-6), AllSteps(8, 5, batch_first=True),
            BothWays(5, 4, batch_first=True, bidirectional=True), Steps(8, 7, 2, padding=1),
            LastBothWays(7, 3, batch_first=True, bidirectional=True), nn.Linear(6, 3),
        ),
        "steps": lambda: nn.Sequential(BothWaysOnce(3, 4, batch_first=True), LastStep(4, 5, batch_first=True)),
        # Without biases, scales and shifts.
        "bare_images": lambda: nn.Sequential(
            nn.Conv2d(2, 4, 3, stride=2, bias=False), nn.BatchNorm2d(4), nn.ReLU(),
            Residual(
                nn.Conv2d(4, 4, 3, padding=1, bias=False), nn.BatchNorm2d(4), nn.ReLU(),
                nn.Conv2d(4, 4, 3, padding=1, groups=4, bias=False), nn.BatchNorm2d(4, affine=False),
            ),
            nn.ReLU(), nn.GroupNorm(2, 4), nn.ConvTranspose2d(4, 3, 3, stride=2, bias=False),
            nn.InstanceNorm2d(3), nn.Flatten(), nn.Linear(147, 3, bias=False),
        ),
        "bare_steps": lambda: nn.Sequential(
            Causal(3, 8, 3, bias=False), Residual(nn.LayerNorm(8, bias=False), SelfAttention(8, 2, bias=False, batch_first=True)),
            nn.RMSNorm(8, eps=1e-6), AllSteps(8, 5, bias=False, batch_first=True),
            BothWays(5, 4, bias=False, batch_first=True, bidirectional=True), Steps(8, 7, 2, padding=1, bias=False),
            LastStep(7, 5, bias=False, batch_first=True),
        ),
    }[name]()


class BothWaysOnce(nn.LSTM):
    """Every step, forwards only."""

    def forward(self, x):
        return super().forward(x)[0]


def of_keras(name):
    """The first model of its session: layers are counted from the start."""
    keras.utils.clear_session()
    layers = keras.layers
    if name == "vectors":
        return keras.Sequential([
            keras.Input((4,)), layers.Dense(6, activation="relu"), layers.BatchNormalization(epsilon=1e-5),
            layers.Dropout(0.5), layers.Dense(5), layers.LayerNormalization(epsilon=1e-5), layers.PReLU(),
            layers.Dense(2),
        ])
    if name == "images":
        return keras.Sequential([
            keras.Input((8, 8, 2)), layers.Conv2D(4, 3, padding="same"), layers.BatchNormalization(epsilon=1e-5),
            layers.ReLU(), layers.DepthwiseConv2D(3), layers.GroupNormalization(2, epsilon=1e-5),
            layers.Conv2D(6, 3, strides=2, groups=2), layers.GroupNormalization(-1, epsilon=1e-5),
            layers.Conv2DTranspose(3, 3, strides=2), layers.Flatten(), layers.Dense(3),
        ])
    if name == "sequences":
        inputs = keras.Input((6,), dtype="int32")
        x = layers.Embedding(11, 8)(inputs)
        x = layers.Conv1D(8, 3, padding="causal")(x)
        y = layers.LayerNormalization(epsilon=1e-5)(x)
        x = layers.Add()([x, layers.MultiHeadAttention(2, 4)(y, y)])
        x = layers.RMSNormalization(epsilon=1e-6)(x)
        x = layers.GRU(5, return_sequences=True)(x)
        x = layers.Bidirectional(layers.LSTM(4, return_sequences=True))(x)
        x = layers.ZeroPadding1D(1)(x)
        x = layers.Conv1D(7, 2)(x)
        x = layers.Bidirectional(layers.GRU(3))(x)
        return keras.Model(inputs, layers.Dense(3)(x))
    if name == "bare_images":
        inputs = keras.Input((8, 8, 2))
        x = layers.Conv2D(4, 3, strides=2, use_bias=False)(inputs)
        x = y = layers.ReLU()(layers.BatchNormalization(epsilon=1e-5)(x))
        y = layers.Conv2D(4, 3, padding="same", use_bias=False)(y)
        y = layers.ReLU()(layers.BatchNormalization(epsilon=1e-5)(y))
        y = layers.DepthwiseConv2D(3, padding="same", use_bias=False)(y)
        y = layers.BatchNormalization(epsilon=1e-5, center=False, scale=False)(y)
        x = layers.ReLU()(layers.Add()([x, y]))
        x = layers.GroupNormalization(2, epsilon=1e-5)(x)
        x = layers.Conv2DTranspose(3, 3, strides=2, use_bias=False)(x)
        x = layers.GroupNormalization(-1, epsilon=1e-5, center=False, scale=False)(x)
        return keras.Model(inputs, layers.Dense(3, use_bias=False)(layers.Flatten()(x)))
    if name == "bare_steps":
        inputs = keras.Input((6, 3))
        x = layers.Conv1D(8, 3, padding="causal", use_bias=False)(inputs)
        y = layers.LayerNormalization(epsilon=1e-5, center=False)(x)
        x = layers.Add()([x, layers.MultiHeadAttention(2, 4, use_bias=False)(y, y)])
        x = layers.RMSNormalization(epsilon=1e-6)(x)
        x = layers.GRU(5, return_sequences=True, use_bias=False)(x)
        x = layers.Bidirectional(layers.LSTM(4, return_sequences=True, use_bias=False))(x)
        x = layers.Conv1D(7, 2, use_bias=False)(layers.ZeroPadding1D(1)(x))
        return keras.Model(inputs, layers.SimpleRNN(5, use_bias=False)(x))
    return keras.Sequential([
        keras.Input((5, 3)), layers.LSTM(4, return_sequences=True), layers.SimpleRNN(5),
    ])


NAMES = ["vectors", "images", "sequences", "steps", "bare_images", "bare_steps"]


def path_in_file(variable):
    """As typenet writes it: a functional model's paths do not start with the model."""
    return variable.path if variable.path.startswith("sequential/") else f"sequential/{variable.path}"
