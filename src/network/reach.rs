//! Reaching one layer of a network.

use crate::network::chain::{Chain, Joined, Part, Single};

/// What is left of a [`Sequential!`](crate::Sequential) after its first `N` layers.
#[diagnostic::on_unimplemented(
    message = "the network has no layer of this number: it ends with `{Self}`",
    label = "this number is beyond the last layer",
    note = "the layers are numbered from 0; `layer!` reaches those to number 255"
)]
pub trait Rest<const N: usize> {
    /// Layer `N` and those after it.
    type Layers;
    /// Layer `N` and those after it.
    fn rest(&self) -> &Self::Layers;
    /// Layer `N` and those after it, to change them.
    fn rest_mut(&mut self) -> &mut Self::Layers;
}

impl<L> Rest<0> for L {
    type Layers = L;

    #[inline(always)]
    fn rest(&self) -> &L {
        self
    }

    #[inline(always)]
    fn rest_mut(&mut self) -> &mut L {
        self
    }
}

/// Each number is that of the layer with the other number in a part of the network.
macro_rules! rest {
    ($network:ident: $part:tt is $type:ident: [$($number:literal)+] is [$($inner:literal)+]) => {$(
        impl<A: Part, B: Part> Rest<$number> for $network<A, B>
        where
            $type: Rest<$inner>,
        {
            type Layers = $type::Layers;

            #[inline(always)]
            fn rest(&self) -> &$type::Layers {
                self.$part.rest()
            }

            #[inline(always)]
            fn rest_mut(&mut self) -> &mut $type::Layers {
                self.$part.rest_mut()
            }
        }
    )+};
}

rest!(Chain: 1 is B:
    [
        1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32 33 34 35 36 37 38
        39 40 41 42 43 44 45 46 47 48 49 50 51 52 53 54 55 56 57 58 59 60 61 62 63 64 65 66 67 68 69 70 71 72 73
        74 75 76 77 78 79 80 81 82 83 84 85 86 87 88 89 90 91 92 93 94 95 96 97 98 99
    ] is [
        0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32 33 34 35 36 37
        38 39 40 41 42 43 44 45 46 47 48 49 50 51 52 53 54 55 56 57 58 59 60 61 62 63 64 65 66 67 68 69 70 71 72
        73 74 75 76 77 78 79 80 81 82 83 84 85 86 87 88 89 90 91 92 93 94 95 96 97 98
    ]
);
// The chain at the front has 32 layers.
rest!(Joined: 0 is A:
    [
        1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31
    ] is [
        1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31
    ]
);
rest!(Joined: 1 is B:
    [
        32 33 34 35 36 37 38 39 40 41 42 43 44 45 46 47 48 49 50 51 52 53 54 55 56 57 58 59 60 61 62 63 64 65 66
        67 68 69 70 71 72 73 74 75 76 77 78 79 80 81 82 83 84 85 86 87 88 89 90 91 92 93 94 95 96 97 98 99 100
        101 102 103 104 105 106 107 108 109 110 111 112 113 114 115 116 117 118 119 120 121 122 123 124 125 126
        127 128 129 130 131 132 133 134 135 136 137 138 139 140 141 142 143 144 145 146 147 148 149 150 151 152
        153 154 155 156 157 158 159 160 161 162 163 164 165 166 167 168 169 170 171 172 173 174 175 176 177 178
        179 180 181 182 183 184 185 186 187 188 189 190 191 192 193 194 195 196 197 198 199 200 201 202 203 204
        205 206 207 208 209 210 211 212 213 214 215 216 217 218 219 220 221 222 223 224 225 226 227 228 229 230
        231 232 233 234 235 236 237 238 239 240 241 242 243 244 245 246 247 248 249 250 251 252 253 254 255
    ] is [
        0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32 33 34 35 36 37
        38 39 40 41 42 43 44 45 46 47 48 49 50 51 52 53 54 55 56 57 58 59 60 61 62 63 64 65 66 67 68 69 70 71 72
        73 74 75 76 77 78 79 80 81 82 83 84 85 86 87 88 89 90 91 92 93 94 95 96 97 98 99 100 101 102 103 104 105
        106 107 108 109 110 111 112 113 114 115 116 117 118 119 120 121 122 123 124 125 126 127 128 129 130 131
        132 133 134 135 136 137 138 139 140 141 142 143 144 145 146 147 148 149 150 151 152 153 154 155 156 157
        158 159 160 161 162 163 164 165 166 167 168 169 170 171 172 173 174 175 176 177 178 179 180 181 182 183
        184 185 186 187 188 189 190 191 192 193 194 195 196 197 198 199 200 201 202 203 204 205 206 207 208 209
        210 211 212 213 214 215 216 217 218 219 220 221 222 223
    ]
);

macro_rules! methods {
    ($network:ident) => {
        impl<A: Part, B: Part> $network<A, B> {
            /// Layer `N` and those after it, to the end of their [`Chain`]; of the last, the layer itself. See
            /// [`layer!`](crate::layer).
            #[must_use]
            pub fn rest<const N: usize>(&self) -> &<Self as Rest<N>>::Layers
            where
                Self: Rest<N>,
            {
                Rest::rest(self)
            }

            /// Layer `N` and those after it, to change them.
            #[must_use]
            pub fn rest_mut<const N: usize>(&mut self) -> &mut <Self as Rest<N>>::Layers
            where
                Self: Rest<N>,
            {
                Rest::rest_mut(self)
            }
        }
    };
}

methods!(Chain);
methods!(Joined);

impl<A: Part, B: Part> Chain<A, B> {
    /// The first layer.
    #[must_use]
    pub const fn head(&self) -> &A {
        &self.0
    }

    /// The first layer, to change it.
    #[must_use]
    pub const fn head_mut(&mut self) -> &mut A {
        &mut self.0
    }
}

impl<A: Part, B: Part, C: Part> Joined<Chain<A, B>, C> {
    /// The first layer.
    #[must_use]
    pub const fn head(&self) -> &A {
        &self.0.0
    }

    /// The first layer, to change it.
    #[must_use]
    pub const fn head_mut(&mut self) -> &mut A {
        &mut self.0.0
    }
}

impl<L: Part> Single<L> {
    /// The layer.
    #[must_use]
    pub const fn head(&self) -> &L {
        &self.0
    }

    /// The layer, to change it.
    #[must_use]
    pub const fn head_mut(&mut self) -> &mut L {
        &mut self.0
    }
}

/// A layer that is no [`Chain`] is the first of its own. A method of the chain itself goes before one
/// of this trait, so that `head` is right for the last layer of a network as well.
#[doc(hidden)]
pub trait Head {
    fn head(&self) -> &Self {
        self
    }

    fn head_mut(&mut self) -> &mut Self {
        self
    }
}

impl<L> Head for L {}

/// A layer of a [`Sequential!`](crate::Sequential) by its number, from 0: `layer!(network, 2)` instead of
/// `&network.1.1.0`, and `layer!(mut network, 2)` to change it.
///
/// A number beyond the last layer, or above 255, is a compile error. The network must be of a known type, not of a
/// type parameter, and may be behind a reference or a box.
///
/// ```
/// use typenet::prelude::*;
///
/// let mut network = initialized::<Sequential![Dense<4, 8>, Relu, Dense<8, 3>, Tanh, Dense<3, 1>]>(1);
/// let middle: &Dense<8, 3> = layer!(network, 2);
/// assert_eq!(middle.weight.shape(), (3, 8));
/// layer!(mut network, 4).bias[0] = 0.5;
/// assert_eq!(network.1.1.1.1.bias[0], 0.5);
/// ```
///
/// ```compile_fail,E0277
/// use typenet::prelude::*;
///
/// let network = initialized::<Sequential![Dense<4, 8>, Relu, Dense<8, 1>]>(1);
/// layer!(network, 3);
/// ```
#[doc(hidden)]
#[macro_export]
macro_rules! layer {
    (mut $network:expr, $number:expr) => {{
        #[allow(unused_imports)]
        use $crate::network::internals::Head as _;
        $network.rest_mut::<{ $number }>().head_mut()
    }};
    ($network:expr, $number:expr) => {{
        #[allow(unused_imports)]
        use $crate::network::internals::Head as _;
        $network.rest::<{ $number }>().head()
    }};
}

#[cfg(test)]
mod tests {
    use crate::activations::Relu;
    use crate::layers::Dense;
    use crate::network::Zero;

    type Network = crate::Sequential![Dense<1, 2>, Relu, crate::Sequential![Dense<2, 3>, Relu], Dense<3, 4>];

    #[test]
    fn each_layer_is_the_one_of_its_number() {
        let mut network = Network::ZERO;
        network.0.bias[0] = 1.0;
        network.1.1.0.0.bias[0] = 2.0;
        network.1.1.1.bias[0] = 3.0;
        let first: &Dense<1, 2> = layer!(network, 0);
        let _: &Relu = layer!(network, 1);
        let inner: &Dense<2, 3> = layer!(layer!(network, 2), 0);
        let last: &Dense<3, 4> = layer!(network, 3);
        assert_eq!((first.bias[0], inner.bias[0], last.bias[0]), (1.0, 2.0, 3.0));
        layer!(mut network, 3).bias[1] = 4.0;
        assert_eq!(network.1.1.1.bias[1], 4.0);
        let boxed = Box::new(network);
        assert_eq!(layer!(boxed, 3).bias[1], 4.0);
        assert_eq!(network.rest::<1>().head(), &Relu);
    }
}
