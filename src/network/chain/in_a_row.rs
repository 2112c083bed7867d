//! What a [`Chain`](crate::network::Chain) and a [`Joined`](crate::network::Joined) have in common.

use crate::network::batch::Tape;

/// What a [`Chain`](crate::network::Chain) remembers: its parts' tapes and what flows between them.
#[derive(Clone, Copy, Debug)]
pub struct ChainTape<A, B, M> {
    pub(super) first: A,
    pub(super) second: B,
    pub(super) middle: M,
    pub(super) middle_gradient: M,
}

impl<A: Tape, B: Tape, M: Tape> Tape for ChainTape<A, B, M> {
    const EMPTY: Self = Self { first: A::EMPTY, second: B::EMPTY, middle: M::EMPTY, middle_gradient: M::EMPTY };

    #[inline(never)]
    fn grow(&mut self, samples: usize) {
        self.first.grow(samples);
        self.second.grow(samples);
        self.middle.grow(samples);
        self.middle_gradient.grow(samples);
    }
}

// What is not inlined here would make one long function of a deep network, and optimising that takes time that grows
// faster than its length. A call for each layer takes nanoseconds.

/// Parts of the `impl`s of a pair of layers in a row, of which `$split` gives the paths.
macro_rules! in_a_row {
    (parts of $pair:ident) => {
        impl<A: Part, B: Part> $pair<A, B> {
            #[inline]
            fn first_mut(&mut self) -> &mut A {
                &mut self.0
            }

            #[inline]
            fn second_mut(&mut self) -> &mut B {
                &mut self.1
            }
        }
    };
    (parameters of $pair:ident, $split:expr) => {
        type Gradient = $pair<A::Gradient, B::Gradient>;
        const COUNT: usize = A::COUNT + B::COUNT;
        const STATISTICS: usize = A::STATISTICS + B::STATISTICS;

        #[inline(never)]
        fn init(&mut self, weights: Initializer, rng: &mut impl Rng) {
            self.0.init(weights, rng);
            self.1.init(weights, rng);
        }

        fn visit(&self, path: &Path<'_>, visitor: &mut impl Visitor) {
            let (head, tail) = $split(path);
            self.0.visit(&head, visitor);
            self.1.visit(&tail, visitor);
        }

        #[inline(never)]
        fn walk<const K: usize>(
            &mut self,
            mut trees: [&mut Self::Gradient; K],
            path: &Path<'_>,
            walker: &mut impl Walker<K>,
        ) {
            let (head, tail) = $split(path);
            // A layer of no bytes has no arrays. Most activations are such.
            if const { size_of::<A>() > 0 } {
                self.0.walk(each_part(&mut trees, Self::Gradient::first_mut), &head, walker);
            }
            self.1.walk(each_part(&mut trees, Self::Gradient::second_mut), &tail, walker);
        }

        fn penalty(&self) -> f64 {
            self.0.penalty() + self.1.penalty()
        }

        fn penalize(&mut self, gradient: &mut Self::Gradient) {
            self.0.penalize(&mut gradient.0);
            self.1.penalize(&mut gradient.1);
        }

        fn constrain(&mut self) {
            self.0.constrain();
            self.1.constrain();
        }
    };
    (layer of $pair:ident, $split:expr) => {
        type Output = B::Output;
        type Tape<S: Batch> = ChainTape<A::Tape<S>, B::Tape<S>, S::Of<A::Output>>;
        const SCRATCH: usize = Self::BUFFERS.scratch();
        const GROUPED: usize = Self::SCRATCH;
        const CALLS: usize = if A::CALLS > B::CALLS { A::CALLS } else { B::CALLS };
        const DEPTH: usize = A::DEPTH + B::DEPTH;

        #[inline]
        fn forward(&self, input: &[X], output: &mut [Self::Output]) {
            self.forward_watched(input, output, &mut ());
        }

        #[inline]
        fn forward_watched(&self, input: &[X], output: &mut [Self::Output], watch: &mut impl Watch) {
            // Where a setting is out of its range, this does not compile.
            let _ = const { Self::MULTIPLY_ADDS };
            forward::forward(self, (&self.0, &self.1), input, output, watch);
        }

        #[inline(never)]
        fn forward_train<S: Batch>(
            &self,
            input: &[X],
            output: &mut [Self::Output],
            tape: &mut Self::Tape<S>,
            rng: &mut impl Rng,
        ) {
            let _ = const { Self::MULTIPLY_ADDS };
            let middle = first_mut(tape.middle.as_mut(), input.len());
            self.0.forward_train(input, middle, &mut tape.first, rng);
            self.1.forward_train(middle, output, &mut tape.second, rng);
        }

        #[inline(never)]
        fn backward<S: Batch>(
            &self,
            input: &[X],
            output: &[Self::Output],
            tape: &mut Self::Tape<S>,
            output_gradient: &mut [Self::Output],
            input_gradient: Option<&mut [X]>,
            gradient: &mut Self::Gradient,
        ) {
            let middle = first(tape.middle.as_ref(), input.len());
            let $pair(first_gradient, second_gradient) = gradient;
            if input_gradient.is_none() && A::COUNT == 0 {
                // Nothing before the second layer is trained, so nobody reads its input gradient.
                self.1.backward(middle, output, &mut tape.second, output_gradient, None, second_gradient);
                return;
            }
            let middle_gradient = first_mut(tape.middle_gradient.as_mut(), input.len());
            self.1.backward(middle, output, &mut tape.second, output_gradient, Some(middle_gradient), second_gradient);
            self.0.backward(input, middle, &mut tape.first, middle_gradient, input_gradient, first_gradient);
        }

        fn backward_input<S: Batch>(
            &self,
            input: &[X],
            output: &[Self::Output],
            tape: &mut Self::Tape<S>,
            output_gradient: &mut [Self::Output],
            input_gradient: &mut [X],
        ) {
            let middle = first(tape.middle.as_ref(), input.len());
            let middle_gradient = first_mut(tape.middle_gradient.as_mut(), input.len());
            self.1.backward_input(middle, output, &mut tape.second, output_gradient, middle_gradient);
            self.0.backward_input(input, middle, &mut tape.first, middle_gradient, input_gradient);
        }

        fn check_input(&self, input: &[X]) -> Result<(), Error> {
            self.0.check_input(input)
        }

        #[inline(never)]
        fn update_statistics<S: Batch>(&mut self, tape: &Self::Tape<S>) {
            self.0.update_statistics(&tape.first);
            self.1.update_statistics(&tape.second);
        }

        fn describe(path: &Path<'_>, row: &mut impl FnMut(Row<'_>)) {
            let (head, tail) = $split(path);
            A::describe(&head, row);
            B::describe(&tail, row);
        }
    };
}

pub(super) use in_a_row;
