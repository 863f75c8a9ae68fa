//! A line on the terminal that says what a long run is at.

use std::io::{self, IsTerminal as _, Write as _};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// Nobody wonders before.
const PATIENCE: Duration = Duration::from_secs(1);
/// To the start of the line, which is emptied.
const CLEAR: &str = "\r\u{1b}[K";

/// Tells what a run is at, where stderr is a terminal and it takes its time.
pub(super) struct Progress {
    told: Option<(Sender<String>, JoinHandle<()>)>,
}

impl Progress {
    pub(super) fn begin(what: &str) -> Self {
        if !io::stderr().is_terminal() {
            return Self { told: None };
        }
        let (sender, receiver) = mpsc::channel();
        let first = what.to_owned();
        let thread = thread::spawn(move || show(first, &receiver));
        Self {
            told: Some((sender, thread)),
        }
    }

    /// Says what comes now.
    pub(super) fn tell(&self, what: String) {
        if let Some((sender, _)) = &self.told {
            // Nobody listens any more only where nothing can be shown.
            let _ = sender.send(what);
        }
    }
}

/// Leaves the terminal to others.
impl Drop for Progress {
    fn drop(&mut self) {
        if let Some((sender, thread)) = self.told.take() {
            drop(sender);
            let _ = thread.join();
        }
    }
}

fn show(first: String, receiver: &Receiver<String>) {
    let begun = std::time::Instant::now();
    let mut now = first;
    let mut is_shown = false;
    loop {
        let wait = PATIENCE.saturating_sub(begun.elapsed());
        match receiver.recv_timeout(wait) {
            Ok(next) => now = next,
            Err(RecvTimeoutError::Disconnected) => break,
            Err(RecvTimeoutError::Timeout) => {
                put(&format!("{CLEAR}{now} …"));
                is_shown = true;
                match receiver.recv() {
                    Ok(next) => now = next,
                    Err(_) => break,
                }
            }
        }
    }
    if is_shown {
        put(CLEAR);
    }
}

fn put(text: &str) {
    let _ = io::stderr().write_all(text.as_bytes());
    let _ = io::stderr().flush();
}
