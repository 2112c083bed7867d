//! The learning rates of every schedule against PyTorch and Keras: `tests/golden/schedules.py`.

use serde_json::Value;
use typenet::prelude::*;

/// The schedule of a case, from its name and settings.
fn schedule(name: &str, settings: &Value) -> Box<dyn Fn(u64) -> f64> {
    let number = |key: &str| settings[key].as_f64().unwrap_or_else(|| panic!("{name} has no {key}"));
    let count = |key: &str| settings[key].as_u64().unwrap_or_else(|| panic!("{name} has no {key}"));
    fn boxed(schedule: impl Schedule + 'static) -> Box<dyn Fn(u64) -> f64> {
        assert_eq!(schedule.check(), Ok(()));
        Box::new(move |step| schedule.rate(step))
    }
    match name {
        "step" => boxed(StepDecay { start: number("start"), factor: number("factor"), every: count("every") }),
        "multi_step" => {
            let milestones = [0, 1, 2].map(|at| settings["milestones"][at].as_u64().unwrap());
            boxed(MultiStepDecay { start: number("start"), factor: number("factor"), milestones })
        }
        "exponential" => {
            boxed(ExponentialDecay { start: number("start"), factor: number("factor"), steps: number("steps") })
        }
        "polynomial" => boxed(PolynomialDecay {
            start: number("start"),
            end: number("end"),
            steps: count("steps"),
            power: number("power"),
        }),
        "inverse_time" => {
            boxed(InverseTimeDecay { start: number("start"), factor: number("factor"), steps: number("steps") })
        }
        "cosine" => boxed(CosineDecay { start: number("start"), end: number("end"), steps: count("steps") }),
        "cosine_restarts" | "cosine_restarts_equal" | "cosine_restarts_lower" => boxed(CosineRestarts {
            start: number("start"),
            end: number("end"),
            steps: count("steps"),
            factor: count("factor"),
            peak: number("peak"),
        }),
        "one_cycle" => boxed(OneCycle::new(number("peak"), count("steps"))),
        "piecewise" => {
            let piece = |at: usize| {
                let piece = &settings["pieces"][at];
                (piece[0].as_u64().unwrap(), piece[1].as_f64().unwrap())
            };
            boxed(PiecewiseConstant { pieces: [piece(0), piece(1)], last: number("last") })
        }
        "warm_up" => {
            let rate = number("rate");
            boxed((move |_| rate).warm_up(count("steps")))
        }
        "noam" => boxed(Noam { scale: number("scale"), width: count("width"), warm_up: count("warm_up") }),
        other => panic!("the golden file has an unknown schedule, {other}"),
    }
}

#[test]
fn rates_are_those_of_pytorch_and_keras() {
    let golden: Value = serde_json::from_str(include_str!("golden/schedules.json")).unwrap();
    let cases = golden["cases"].as_object().unwrap();
    assert_eq!(cases.len(), 13);
    for (name, case) in cases {
        let schedule = schedule(name, &case["settings"]);
        let rates = case["rates"].as_array().unwrap();
        assert_eq!(rates.len(), 40, "{name}");
        for (step, rate) in rates.iter().enumerate() {
            let (found, expected) = (schedule(step as u64), rate.as_f64().unwrap());
            // PyTorch multiplies step by step: up to 40 roundings. Near the end of a wave the rate is
            // a small difference, so the error is relative to the first rate as well.
            let tolerance = 1e-13 * (expected.abs() + 0.1);
            assert!((found - expected).abs() <= tolerance, "{name}, step {step}: {found}, not {expected}");
        }
    }
}
