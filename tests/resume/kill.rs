//! The process is killed at random moments.

use std::cell::RefCell;
use std::env;
use std::fs;
use std::io::Read;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::rc::Rc;
use std::thread;
use std::time::{Duration, Instant};

use typenet::prelude::*;
use typenet::rand::Rng;

use super::{Files, Run, assert_same, finish, plateau, scheduled, temporary, uninterrupted};

/// Names the folder, for a process that trains.
const FOLDER: &str = "TYPENET_RESUME_FOLDER";
const KILLS: usize = 20;

/// What a run's process does. It is started by the tests below, which kill it.
fn child<O: Optimizer>(make: impl Fn(&Files, Rc<RefCell<GradientMonitor>>) -> Run<O>) {
    let Some(folder) = env::var_os(FOLDER) else { return };
    let files = Files(folder.into());
    let bits = finish(make, &files, || fs::write(files.0.join("begun"), "").unwrap());
    let bytes: Vec<u8> = bits.into_iter().flat_map(u64::to_le_bytes).collect();
    let done = files.0.join("done");
    fs::write(done.with_extension("half"), bytes).unwrap();
    fs::rename(done.with_extension("half"), done).unwrap();
}

#[test]
#[ignore = "the process that the other tests kill"]
fn child_scheduled() {
    child(scheduled);
}

#[test]
#[ignore = "the process that the other tests kill"]
fn child_plateau() {
    child(plateau);
}

fn start(name: &str, folder: &Path) -> Child {
    let _ = fs::remove_file(folder.join("begun"));
    Command::new(env::current_exe().unwrap())
        .args([name, "--exact", "--ignored", "--nocapture"])
        .env(FOLDER, folder)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Waits until something is so, or the process has ended.
fn wait_for(mut done: impl FnMut() -> bool, child: &mut Child) {
    while !done() && child.try_wait().unwrap().is_none() {
        thread::sleep(Duration::from_micros(50));
    }
}

/// Kills and resumes until a run is done; the next one begins anew, until there were enough kills.
fn survives<O: Optimizer>(name: &str, seed: u64, make: impl Fn(&Files, Rc<RefCell<GradientMonitor>>) -> Run<O>) {
    let start_of_run = Instant::now();
    let expected = uninterrupted(make);
    let whole = start_of_run.elapsed();
    let mut rng = seeded(seed);
    let mut share = || (rng.next_u64() >> 11) as f64 / (1_u64 << 53) as f64;
    let (mut kills, mut in_writing, mut runs) = (0, 0, 0);
    let folder = tempfile::tempdir().unwrap();
    let files = Files(folder.path().into());
    let half = |path: &Path| temporary(path).len();
    // What killed processes have left half written stays there, and does no harm.
    let mut left = (0, 0);
    while kills < KILLS || runs == 0 {
        let mut process = start(name, folder.path());
        if kills < KILLS {
            wait_for(|| folder.path().join("begun").exists(), &mut process);
            // Every second one waits until a checkpoint is being written.
            let delay = if kills % 2 == 0 {
                whole.mul_f64(0.15 * share())
            } else {
                thread::sleep(whole.mul_f64(0.08 * share()));
                wait_for(|| half(&files.last()) > left.0, &mut process);
                Duration::from_micros((2000.0 * share()) as u64)
            };
            thread::sleep(delay);
            // SIGKILL: nothing in the process can do anything about it.
            process.kill().unwrap();
        }
        let mut text = String::new();
        process.stderr.take().unwrap().read_to_string(&mut text).unwrap();
        let status = process.wait().unwrap();
        let done = folder.path().join("done");
        if done.exists() {
            let bytes = fs::read(&done).unwrap();
            let found: Vec<u64> = bytes.as_chunks().0.iter().map(|bytes| u64::from_le_bytes(*bytes)).collect();
            assert_same(&found, &expected, &format!("seed {seed}, after {kills} kills"));
            runs += 1;
            left = (0, 0);
            fs::remove_dir_all(folder.path()).unwrap();
            fs::create_dir(folder.path()).unwrap();
        } else {
            // Killed, and not ended by an error of its own.
            assert!(status.code().is_none(), "seed {seed}, {status}: {text}");
            kills += 1;
            let now = (half(&files.last()), half(&files.best()));
            in_writing += usize::from(now != left);
            left = now;
        }
    }
    println!("seed {seed}: {kills} kills, {in_writing} of them in the writing of a checkpoint, {runs} runs to the end");
    assert!(in_writing >= 2 && in_writing <= kills - 2, "seed {seed}: {in_writing} of {kills} kills in writing");
}

#[test]
fn a_scheduled_run_survives_kills() {
    survives("kill::child_scheduled", 1, scheduled);
}

#[test]
fn a_run_with_a_falling_rate_survives_kills() {
    survives("kill::child_plateau", 2, plateau);
}
