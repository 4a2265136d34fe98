//! Runs inputs in a thread of their own, with the stack of a program's main thread, and notices panics and hangs.

use crate::judge::{Reached, judge};
use std::{
    fs,
    panic::{self, AssertUnwindSafe},
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex,
        mpsc::{Receiver, Sender, channel},
    },
    thread,
    time::Duration,
};

/// No config of this size takes a thousandth of it; a slow machine in its worst minute still makes it.
const DEADLINE: Duration = Duration::from_mins(1);

/// That of a main thread on Linux: what a deeper recursion does to gwc, it does here.
const STACK: usize = 8 << 20;

pub struct Watch {
    inputs: Sender<String>,
    results: Receiver<Result<Reached, String>>,
    /// Where the present input is, should it take the whole process down.
    last: PathBuf,
    kept: usize,
}

impl Watch {
    pub fn start() -> Watch {
        let (inputs, to_run) = channel::<String>();
        let (done, results) = channel();
        let place = Arc::new(Mutex::new(String::new()));
        let noted = Arc::clone(&place);
        panic::set_hook(Box::new(move |info| {
            if thread::current().name() == Some("fuzz") {
                *noted
                    .lock()
                    .expect("never poisoned: nothing panics while it is held") = info.to_string();
            } else {
                eprintln!("{info}");
            }
        }));
        let work = move || {
            for text in to_run {
                let result = panic::catch_unwind(AssertUnwindSafe(|| judge(&text)));
                let result =
                    result.unwrap_or_else(|_| Err(place.lock().expect("as above").clone()));
                if done.send(result).is_err() {
                    return;
                }
            }
        };
        let thread = thread::Builder::new()
            .name("fuzz".to_owned())
            .stack_size(STACK);
        thread.spawn(work).expect("a thread can be started");
        let last = Path::new(env!("CARGO_TARGET_TMPDIR")).join("fuzz-last.json");
        Watch {
            inputs,
            results,
            last,
            kept: 0,
        }
    }

    /// What one input comes to.
    ///
    /// # Panics
    ///
    /// If it takes too long: the thread cannot be stopped, so this is the end.
    pub fn run(&mut self, text: &str) -> Result<Reached, String> {
        fs::write(&self.last, text).expect("the target directory can be written");
        self.inputs
            .send(text.to_owned())
            .expect("the thread lives: it catches panics");
        self.results
            .recv_timeout(DEADLINE)
            .unwrap_or_else(|_| panic!("more than {DEADLINE:?} for {}", self.last.display()))
    }

    /// Leaves a failing input where a person finds it.
    pub fn keep(&mut self, text: &str) -> String {
        self.kept += 1;
        let file = self
            .last
            .with_file_name(format!("fuzz-failure-{}.json", self.kept));
        fs::write(&file, text).expect("the target directory can be written");
        format!("in {}: {text}", file.display())
    }
}
