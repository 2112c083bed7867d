//! A layer of your own, proven and trained: Swish `y = x σ(a x)` with a learned slope `a` for each feature.
use typenet::prelude::*;

#[derive(Clone, Copy, Debug, bytemuck::AnyBitPattern)]
#[bytemuck(crate = "typenet::bytemuck")]
#[repr(C)]
struct Swish<const N: usize, T: Scalar = f32> {
    slope: [T; N],
}

typenet::parameters!(Swish<N, T> { slope: Scale [N] }, const N: usize, T: Scalar);

impl<const N: usize, T: Scalar> Layer<[T; N]> for Swish<N, T> {
    type Output = [T; N];
    type Tape<B: Batch> = ();

    fn forward(&self, input: &[[T; N]], output: &mut [[T; N]]) {
        for (x, y) in input.iter().zip(output) {
            *y = std::array::from_fn(|i| x[i] / (T::ONE + (-self.slope[i] * x[i]).exp()));
        }
    }

    fn backward<B: Batch>(
        &self,
        input: &[[T; N]],
        _: &[[T; N]],
        (): &mut (),
        output_gradient: &mut [[T; N]],
        mut input_gradient: Option<&mut [[T; N]]>,
        gradient: &mut Self,
    ) {
        for (sample, (x, dy)) in input.iter().zip(output_gradient).enumerate() {
            for i in 0..N {
                let sigma = T::ONE / (T::ONE + (-self.slope[i] * x[i]).exp());
                let by_product = x[i] * sigma * (T::ONE - sigma); // the derivative by a x
                gradient.slope[i] += dy[i] * x[i] * by_product;
                if let Some(dx) = &mut input_gradient {
                    dx[sample][i] = dy[i] * (sigma + self.slope[i] * by_product);
                }
            }
        }
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("Swish passes: {}", gradcheck::check_layer::<Swish<3, f64>, [f64; 3]>(&gradcheck::Check::default())?);
    let (mut network, rng) = (<Sequential![Dense<1, 8>, Swish<8>, Dense<8, 1>]>::ZERO, &mut seeded(1));
    network.init(Initializer::GlorotUniform, rng);
    let mut workspace = Workspace::<_, [f32; 1], _, Inline<16>>::EMPTY;
    let inputs: [[f32; 1]; 16] = std::array::from_fn(|i| [i as f32 / 4.0 - 2.0]);
    let targets = inputs.map(|[x]| [x.sin()]);
    for step in 0..=400 {
        let loss = workspace.train_step(&mut network, &MeanSquaredError, &Sgd::new(0.1), &inputs, &targets, rng)?;
        if step % 100 == 0 {
            println!("step {step}: loss {loss:.6}");
        }
    }
    Ok(())
}
