//! What a layer around another one passes on as it is.

/// Parts of an `impl Layer<X>` for a struct that holds a layer `L` in its field `0` and computes what that layer does.
///
/// `forward` is inference, the forward pass of training and what is known of them; `backward` is the backward pass
/// and what else comes of training, for a struct with the gradient of its layer.
macro_rules! pass_on {
    (forward of $layer:ident to $input:ident) => {
        type Output = $layer::Output;
        type Tape<B: $crate::network::Batch> = $layer::Tape<B>;
        const SCRATCH: usize = $layer::SCRATCH;
        const GROUPED: usize = $layer::GROUPED;
        const CALLS: usize = $layer::CALLS;
        const DEPTH: usize = $layer::DEPTH;

        fn forward(&self, input: &[$input], output: &mut [$layer::Output]) {
            self.0.forward(input, output);
        }

        fn forward_watched(
            &self,
            input: &[$input],
            output: &mut [$layer::Output],
            watch: &mut impl $crate::network::Watch,
        ) {
            self.0.forward_watched(input, output, watch);
        }

        fn forward_train<B: $crate::network::Batch>(
            &self,
            input: &[$input],
            output: &mut [$layer::Output],
            tape: &mut $layer::Tape<B>,
            rng: &mut impl $crate::rand::Rng,
        ) {
            self.0.forward_train(input, output, tape, rng);
        }

        fn check_input(&self, input: &[$input]) -> Result<(), $crate::Error> {
            self.0.check_input(input)
        }
    };
    (backward of $layer:ident to $input:ident) => {
        fn backward<B: $crate::network::Batch>(
            &self,
            input: &[$input],
            output: &[$layer::Output],
            tape: &mut $layer::Tape<B>,
            output_gradient: &mut [$layer::Output],
            input_gradient: Option<&mut [$input]>,
            gradient: &mut $layer::Gradient,
        ) {
            self.0.backward(input, output, tape, output_gradient, input_gradient, gradient);
        }

        fn backward_input<B: $crate::network::Batch>(
            &self,
            input: &[$input],
            output: &[$layer::Output],
            tape: &mut $layer::Tape<B>,
            output_gradient: &mut [$layer::Output],
            input_gradient: &mut [$input],
        ) {
            self.0.backward_input(input, output, tape, output_gradient, input_gradient);
        }

        fn update_statistics<B: $crate::network::Batch>(&mut self, tape: &$layer::Tape<B>) {
            self.0.update_statistics(tape);
        }
    };
}

pub(crate) use pass_on;

#[cfg(test)]
mod tests {
    use crate::Error;
    use crate::layers::checks::{INPUT, Inner, trace};
    use crate::layers::{Constrained, Embedding, Frozen, Group, L1, MaxNorm, Regularized};
    use crate::network::{Initializer, Layer, Stream, Zero, seeded};

    type Around<L> = (Regularized<L, L1<1, 0>>, Constrained<L, MaxNorm<1, 3>>, Frozen<L>, Group<L>);

    #[test]
    fn a_group_is_its_network_with_one_row_more() {
        let mut found = trace::<Group<Inner>>();
        assert_eq!(found.rows.remove(0).1, "Group");
        assert_eq!(found, trace::<Inner>());
    }

    #[test]
    fn sizes_are_passed_on() {
        fn sizes<L: Layer<[f64; 2]>>() -> [usize; 3] {
            [L::MULTIPLY_ADDS, L::SCRATCH, L::DEPTH]
        }
        fn all<A: Layer<[f64; 2]>, B: Layer<[f64; 2]>, C: Layer<[f64; 2]>, D: Layer<[f64; 2]>>(
            _: Option<(A, B, C, D)>,
        ) -> [[usize; 3]; 4] {
            [sizes::<A>(), sizes::<B>(), sizes::<C>(), sizes::<D>()]
        }
        // 2 x 2 products; two numbers between the layers and two of the normalisation; two layers.
        assert_eq!(sizes::<Inner>(), [4, 32, 2]);
        assert_eq!(all(None::<Around<Inner>>), [[4, 32, 2]; 4]);
    }

    #[test]
    fn tokens_are_checked() {
        fn all<A: Layer<[u8; 2]>, B: Layer<[u8; 2]>, C: Layer<[u8; 2]>, D: Layer<[u8; 2]>>(
            (a, b, c, d): (A, B, C, D),
            tokens: [u8; 2],
        ) -> [Result<(), Error>; 4] {
            [a.check_input(&[tokens]), b.check_input(&[tokens]), c.check_input(&[tokens]), d.check_input(&[tokens])]
        }
        type Tokens = Embedding<2, 3>;
        let around: Around<Tokens> = (Zero::ZERO, Zero::ZERO, Zero::ZERO, Zero::ZERO);
        assert_eq!(all(around, [1, 0]), [const { Ok(()) }; 4]);
        assert_eq!(all(around, [1, 7]), [const { Err(Error::Token { token: 7, vocabulary: 2 }) }; 4]);
    }

    #[test]
    fn streams_are_passed_on() {
        fn last<L: Stream<[f64; 2], Output = [f64; 2]>>() -> [f64; 2] {
            let mut layer = L::ZERO;
            layer.init(Initializer::HeNormal, &mut seeded(1));
            let mut state = layer.start();
            INPUT.map(|input| layer.step(&mut state, &input))[2]
        }
        fn all<A, B, C, D>(_: Option<(A, B, C, D)>) -> [[f64; 2]; 4]
        where
            A: Stream<[f64; 2], Output = [f64; 2]>,
            B: Stream<[f64; 2], Output = [f64; 2]>,
            C: Stream<[f64; 2], Output = [f64; 2]>,
            D: Stream<[f64; 2], Output = [f64; 2]>,
        {
            [last::<A>(), last::<B>(), last::<C>(), last::<D>()]
        }
        assert_ne!(last::<Inner>(), [0.0; 2]);
        assert_eq!(all(None::<Around<Inner>>), [last::<Inner>(); 4]);
    }
}
