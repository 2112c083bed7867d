#!/usr/bin/env python3
"""How long networks of 5 to 80 layers, a LeNet and the crate itself take to compile, after their dependencies, and
how large the quickstart's program is.

    python3 benches/compile_time/main.py

Each program trains one network and runs it. `wall` is what a user waits; `cpu` is the processor
time of the compiler, which hardly depends on what else the machine does. The last lines say
whether the goals hold: 40 layers in less than 3 s (check) and 15 s (release build), time
linear in depth, a change of a LeNet in less than 10 s (release build), the crate in less than 25 s.

The second table is that of debug builds with `forward` and with `Trainer::fit`, to 200 layers, with the peak memory of
the compiler: 40 layers in less than 2 s and 0.6 GB. The crate that is built is outside of the workspace, in the default
profile, as a user's is: the workspace's own profile optimises a little, which hides what a debug build costs.
"""

import os
import pathlib
import resource
import shutil
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
DEPTHS = [5, 10, 20, 40, 80]
DEBUG_DEPTHS = [2, 10, 20, 40, 80, 160, 200]
COMMANDS = {"check": ["check"], "debug": ["build"], "release": ["build", "--release"]}

MANIFEST = f"""[package]
name = "compile-time"
version = "0.0.0"
edition = "2024"

[dependencies]
typenet = {{ path = "{ROOT}" }}

[workspace]
"""

PROGRAM = """use typenet::prelude::*;

type Network = Sequential![{layers}];

fn main() -> Result<(), Error> {{
    let mut network = initialized::<Network>(1);
    let mut workspace = Workspace::<Network, [f32; 20], Adam, Heap>::EMPTY;
    let (inputs, targets) = ([[0.5; 20]; 8], [[1.0]; 8]);
    let (loss, adam) = (BinaryCrossEntropyLogits, Adam::default());
    let loss = workspace.train_step(&mut network, &loss, &adam, &inputs, &targets, &mut seeded(1))?;
    let mut outputs = [[0.0]; 8];
    network.forward(&inputs, &mut outputs);
    println!("{{loss}} {{outputs:?}}");
    Ok(())
}}
"""

FORWARD = """use typenet::prelude::*;

type Network = Sequential![{layers}];

fn main() {{
    let mut outputs = [{output}; 1];
    initialized::<Network>(1).forward(&[{input}; 1], &mut outputs);
    println!("{{outputs:?}}");
}}
"""

FIT = """use typenet::prelude::*;

type Network = Sequential![{layers}];

fn main() -> Result<(), Error> {{
    let data = Dataset::new(vec![{input}; 4], vec![{output}; 4])?;
    let mut trainer = Trainer::new(initialized::<Network>(1), MeanSquaredError, Adam::default());
    trainer.fit(&data, Fit::epochs(1).batch_size(2))?;
    println!("{{:?}}", trainer.predict(data.inputs()));
    Ok(())
}}
"""

# A layer, which `Relu` follows, and its input and output. Each is wider than the one before: the compiler makes code once
# for all layers that are alike.
DENSE = ("Dense<{}, {}>", "[0.5; {}]", "[0.0; {}]")
CONVOLUTION = ("Conv2d<{}, {}, 3, 1, 1>", "[[[0.5; 8]; 8]; {}]", "[[[0.0; 8]; 8]; {}]")

LENET = """use typenet::prelude::*;

type Image = [[[f32; 28]; 28]; 1];
type LeNet = Sequential![
    Conv2d<1, 8, 3>, Relu, MaxPool2d<2>, Conv2d<8, 16, 3>, Relu, MaxPool2d<2>, Flatten, Dense<400, 10>
];

fn main() -> Result<(), Error> {
    let mut network = initialized::<LeNet>(1);
    let mut workspace = Workspace::<LeNet, Image, Adam, Heap>::EMPTY;
    let (inputs, targets) = (vec![[[[0.5; 28]; 28]; 1]; 8], [3_u8; 8]);
    let (loss, adam) = (SparseCategoricalCrossEntropyLogits, Adam::default());
    let loss = workspace.train_step(&mut network, &loss, &adam, &inputs, &targets, &mut seeded(1))?;
    let mut outputs = [[0.0; 10]; 8];
    network.forward(&inputs, &mut outputs);
    println!("{loss} {outputs:?}");
    Ok(())
}
"""


def program(depth: int) -> str:
    """A network of so many layers, with products of many different sizes."""
    layers, width = [], 20
    for index in range(depth - 1):
        match index % 4:
            case 0:
                layers.append(f"Dense<{width}, {33 + index}>")
                width = 33 + index
            case 1:
                layers.append("Relu")
            case 2:
                layers.append(f"BatchNorm<{width}>")
            case _:
                layers.append("Dropout<20>")
    return PROGRAM.format(layers=", ".join([*layers, f"Dense<{width}, 1>"]))


def debug_program(text: str, depth: int, layer: str, sample: str, output: str) -> str:
    layers = ", ".join(layer.format(8 + at // 2, 9 + at // 2) if at % 2 == 0 else "Relu" for at in range(depth))
    return text.format(layers=layers, input=sample.format(8), output=output.format(8 + (depth + 1) // 2))


def measured(folder: pathlib.Path) -> tuple[float, float]:
    """Processor seconds and peak gigabytes of a debug build: in a process of its own, whose children's peak it is."""
    inner = (
        "import resource, subprocess, sys\n"
        "done = subprocess.run(['cargo', 'build', '--quiet'], capture_output=True, text=True)\n"
        "used = resource.getrusage(resource.RUSAGE_CHILDREN)\n"
        "print(used.ru_utime + used.ru_stime, used.ru_maxrss / 2**20)\n"
        "sys.exit(done.stderr if done.returncode else 0)\n"
    )
    environment = {**os.environ, "CARGO_INCREMENTAL": "0"}
    done = subprocess.run([sys.executable, "-c", inner], cwd=folder, env=environment, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(done.stderr)
    cpu, peak = done.stdout.split()
    return float(cpu), float(peak)


def debug_builds(folder: pathlib.Path, source: pathlib.Path) -> dict[str, bool]:
    """Prints what debug builds take, and says whether the goals hold."""
    goals = {}
    print(f"\n{'debug build, layers':<24}" + "".join(f"{depth:>18}" for depth in DEBUG_DEPTHS))
    for name, text, of, depths in [
        ("forward", FORWARD, DENSE, DEBUG_DEPTHS),
        ("fit", FIT, DENSE, DEBUG_DEPTHS),
        ("forward, convolutions", FORWARD, CONVOLUTION, [2, 60]),
        ("fit, convolutions", FIT, CONVOLUTION, [2, 60]),
    ]:
        line, found = f"{name:<24}", {}
        for depth in depths:
            source.write_text(debug_program(text, depth, *of))
            # The shorter of two, as noise only adds.
            found[depth] = min(measured(folder), timed_debug_again(folder, source))
            line += f"{f'{found[depth][0]:.2f} s, {found[depth][1]:.2f} GB':>18}"
        print(line, flush=True)
        if depths is DEBUG_DEPTHS:
            cpu, peak = found[40]
            goals[f"{name}, 40 layers, debug build: under 2 s and 0.6 GB"] = cpu < 2.0 and peak < 0.6
            first, second = (found[40][0] - found[2][0]) / 38, (found[160][0] - found[40][0]) / 120
            goals[f"{name}, debug build: {first:.3f} s a layer from 2 to 40, {second:.3f} s from 40 to 160"] = (
                second <= 2.0 * first + 0.01
            )
    return goals


def timed_debug_again(folder: pathlib.Path, source: pathlib.Path) -> tuple[float, float]:
    os.utime(source)
    return measured(folder)


def timed(command: list[str], folder: pathlib.Path) -> tuple[float, float]:
    """Wall and processor seconds of a command."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    # Without what the compiler remembers of the program before: the second of two would take no time.
    environment = {**os.environ, "CARGO_INCREMENTAL": "0"}
    command = ["cargo", *command, "--quiet"]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    wall, after = time.monotonic() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode != 0:
        sys.exit(done.stderr)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def timed_again(command: list[str], folder: pathlib.Path, source: pathlib.Path) -> tuple[float, float]:
    os.utime(source)
    return timed(command, folder)


def main() -> None:
    cpu = {}
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / "src").mkdir()
        (folder / "Cargo.toml").write_text(MANIFEST)
        shutil.copy(ROOT / "Cargo.lock", folder)
        source = folder / "src" / "main.rs"
        source.write_text("fn main() {}\n")
        for command in COMMANDS.values():
            timed(command, folder)
        print(f"{'layers':>6}" + "".join(f"{kind + ' wall':>14}{'cpu':>8}" for kind in COMMANDS))
        for depth in DEPTHS:
            line = f"{depth:>6}"
            for kind, command in COMMANDS.items():
                source.write_text(program(depth))
                # The shorter of two, as noise only adds.
                times = []
                for _ in range(2):
                    times.append(timed_again(command, folder, source))
                wall, cpu[kind, depth] = min(times)[0], min(time for _, time in times)
                line += f"{wall:>12.2f} s{cpu[kind, depth]:>6.2f} s"
            print(line, flush=True)

        debug = debug_builds(folder, source)
        source.write_text(LENET)
        lenet = min(timed_again(COMMANDS["release"], folder, source) for _ in range(2))
        print(f"\nLeNet, release build after a change: {lenet[0]:.2f} s, cpu {lenet[1]:.2f} s")
        # The crate itself: with a program that does nothing.
        source.write_text("fn main() {}\n")
        itself = {}
        for kind, command in COMMANDS.items():
            profile = command[1:] or ["--profile", "dev"]
            subprocess.run(["cargo", "clean", "--quiet", "--package", "typenet", *profile], cwd=folder, check=True)
            itself[kind] = timed(command, folder)
            print(f"typenet itself, {kind}: {itself[kind][0]:.2f} s, cpu {itself[kind][1]:.2f} s")

    subprocess.run(["cargo", "build", "--quiet", "--release", "--example", "quickstart"], cwd=ROOT, check=True)
    with tempfile.TemporaryDirectory() as name:
        stripped = pathlib.Path(name) / "quickstart"
        shutil.copy(ROOT / "target/release/examples/quickstart", stripped)
        subprocess.run(["strip", stripped], check=True)
        print(f"\nquickstart, stripped: {stripped.stat().st_size / 1024:.0f} KiB")

    goals = {
        "40 layers, check: under 3 s": cpu["check", 40] < 3.0,
        "40 layers, release build: under 15 s": cpu["release", 40] < 15.0,
        "LeNet, release build: under 10 s": lenet[1] < 10.0,
        "typenet itself, release build: under 25 s": itself["release"][1] < 25.0,
    }
    for kind in COMMANDS:
        # Linear: a layer of the last 40 costs less than twice what one of the first costs, with a hundredth of a second
        # for noise. It would be nearly three times as much if time grew with the square.
        first, second = (cpu[kind, 40] - cpu[kind, 5]) / 35, (cpu[kind, 80] - cpu[kind, 40]) / 40
        goals[f"{kind}: {first:.3f} s a layer from 5 to 40, {second:.3f} s from 40 to 80"] = second <= 2.0 * first + 0.01
    goals |= debug
    print()
    for goal, holds in goals.items():
        print(f"{goal}: {'yes' if holds else 'NO'}")
    sys.exit(0 if all(goals.values()) else 1)


if __name__ == "__main__":
    main()
