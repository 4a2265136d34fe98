//! Lines on their way to standard output.
//!
//! Bounded by bytes and never waited for: when the reader of a pipe stops, lines are dropped and counted, and the next
//! line that gets through says how many. One buffer is filled while the other is written, so a burst costs one system
//! call and no allocation per line.

use crate::measure::Counter;
use std::{
    io::{self, Write},
    mem,
    sync::{Condvar, Mutex, MutexGuard, PoisonError, mpsc},
    thread,
    time::Duration,
};

/// Between two batches: lines that come meanwhile share one wake-up of the writer and one system call. The first line
/// after a silence does not wait.
const GATHER: Duration = Duration::from_millis(5);

pub(super) struct Queue {
    limit: usize,
    state: Mutex<State>,
    filled: Condvar,
    idle: Condvar,
    /// Lines that found no room, or whose write failed, ever.
    lost: Counter,
}

#[derive(Default)]
struct State {
    pending: Vec<u8>,
    /// Lines that found no room, or whose write failed, and of which nothing has been said yet.
    dropped: usize,
    /// The writer is between a batch and its report.
    writing: bool,
}

impl Queue {
    /// A queue of `limit` bytes, for the life of the process.
    pub fn leak(limit: usize) -> &'static Queue {
        Box::leak(Box::new(Queue {
            limit,
            state: Mutex::default(),
            filled: Condvar::new(),
            idle: Condvar::new(),
            lost: Counter::new(),
        }))
    }

    /// Starts the thread that writes to `out`.
    pub fn write_to(&'static self, out: impl Write + Send + 'static) -> io::Result<()> {
        thread::Builder::new()
            .name("log".to_owned())
            .spawn(move || self.drain(out))?;
        Ok(())
    }

    /// Lines that were lost, reported or not.
    #[cfg_attr(not(feature = "metrics"), allow(dead_code, reason = "nobody counts"))]
    pub fn lost(&self) -> u64 {
        self.lost.get()
    }

    /// Waits for an empty queue, for `timeout` at most; what is lost then is reported on standard error.
    pub fn flush(&self, timeout: Duration) {
        let busy = |state: &mut State| state.writing || !state.pending.is_empty();
        let (state, waited) = self
            .idle
            .wait_timeout_while(self.lock(), timeout, busy)
            .unwrap_or_else(PoisonError::into_inner);
        if !waited.timed_out() && state.dropped == 0 {
            return;
        }
        let lost = state.dropped + lines(&state.pending);
        drop(state);
        // From a thread of its own: standard error may well be the same pipe that nobody reads.
        let (done, reported) = mpsc::channel::<()>();
        let report = move || {
            // Nowhere is left to report a failure to.
            let _ = writeln!(io::stderr(), "log: {lost} lines were not written");
            drop(done);
        };
        if thread::Builder::new().spawn(report).is_ok() {
            let _ = reported.recv_timeout(Duration::from_millis(100));
        }
    }

    fn drain(&self, mut out: impl Write) {
        let mut batch = Vec::new();
        loop {
            self.take(&mut batch);
            let result = out.write_all(&batch).and_then(|()| out.flush());
            let dropped = self.settle(result.is_ok(), &batch);
            if dropped > 0 {
                tracing::warn!(
                    dropped,
                    "log lines dropped: standard output was not read fast enough"
                );
            }
            self.rest();
            batch.clear();
            thread::sleep(GATHER);
        }
    }

    /// Waits for lines and swaps them for the empty `batch`.
    fn take(&self, batch: &mut Vec<u8>) {
        let mut state = self
            .filled
            .wait_while(self.lock(), |state| state.pending.is_empty())
            .unwrap_or_else(PoisonError::into_inner);
        mem::swap(&mut state.pending, batch);
        state.writing = true;
    }

    /// Notes how a write went, and returns how many lost lines to report now that a report would arrive.
    fn settle(&self, ok: bool, batch: &[u8]) -> usize {
        let mut state = self.lock();
        if ok {
            return mem::take(&mut state.dropped);
        }
        // Said once the output works again, or on standard error at the end: the reader is gone.
        let lost = lines(batch);
        state.dropped += lost;
        self.lost.add(lost as u64);
        0
    }

    fn rest(&self) {
        let mut state = self.lock();
        state.writing = false;
        if state.pending.is_empty() {
            self.idle.notify_all();
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Takes one whole line per call, and never fails: a full queue drops the line.
impl Write for &Queue {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let mut state = self.lock();
        if state.pending.len() + line.len() > self.limit {
            state.dropped += 1;
            self.lost.add(1);
        } else {
            state.pending.extend_from_slice(line);
            if state.pending.len() == line.len() {
                self.filled.notify_one();
            }
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[expect(
    clippy::naive_bytecount,
    reason = "runs when a log is lost, not per line"
)]
fn lines(bytes: &[u8]) -> usize {
    bytes.iter().filter(|&&b| b == b'\n').count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{Arc, mpsc};

    const DEADLINE: Duration = Duration::from_secs(10);

    /// An output that reports each batch as it begins, and takes it only when told to, with a result.
    struct Gate {
        begun: mpsc::Sender<()>,
        go: mpsc::Receiver<io::Result<()>>,
        out: Arc<Mutex<Vec<u8>>>,
    }

    impl Write for Gate {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.begun.send(()).expect("the test waits");
            self.go.recv().expect("the test says go")?;
            self.out
                .lock()
                .expect("not poisoned")
                .extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_stalled_reader_costs_lines_and_no_wait() {
        let queue = Queue::leak(20);
        let (begun, begins) = mpsc::channel();
        let (go, gate) = mpsc::channel();
        let out = Arc::new(Mutex::new(Vec::new()));
        queue
            .write_to(Gate {
                begun,
                go: gate,
                out: out.clone(),
            })
            .expect("a thread");
        let mut log = queue;

        log.write_all(b"first\n").expect("never fails");
        begins
            .recv_timeout(DEADLINE)
            .expect("the first batch is being written");
        for line in [
            "second 89\n",
            "third 789\n",
            "fourth, no room\n",
            "fifth, no room\n",
        ] {
            log.write_all(line.as_bytes()).expect("never fails");
        }
        assert_eq!(queue.lock().dropped, 2);

        go.send(Err(io::ErrorKind::BrokenPipe.into()))
            .expect("the writer waits");
        begins
            .recv_timeout(DEADLINE)
            .expect("the second batch is being written");
        assert_eq!(queue.lock().dropped, 3, "a failed write loses its lines");

        go.send(Ok(())).expect("the writer waits");
        queue.flush(DEADLINE);
        assert_eq!(queue.lock().dropped, 0, "reported");
        assert_eq!(queue.lost(), 3, "and counted");
        assert_eq!(
            *out.lock().expect("not poisoned"),
            b"second 89\nthird 789\n"
        );
    }
}
