//! An answer that is on its way from one thread to another.

use std::sync::Arc;
use std::task::{Context, Waker};

use parking_lot::{Condvar, Mutex};

/// What there is of an answer.
#[derive(Debug, PartialEq, Eq)]
pub enum Look<T> {
    /// It is not there yet.
    Pending,
    /// Here it is.
    Here(T),
    /// It was taken before.
    Taken,
    /// It will never come: who was to give it is gone.
    Never,
}

impl<T> Look<T> {
    /// Takes the answer, where it is there.
    fn take(&mut self) -> Self {
        match self {
            Self::Pending => Self::Pending,
            Self::Never => Self::Never,
            Self::Here(_) | Self::Taken => std::mem::replace(self, Self::Taken),
        }
    }
}

/// Where the answer is put.
struct Slot<T> {
    state: Mutex<State<T>>,
    settled: Condvar,
}

struct State<T> {
    answer: Look<T>,
    is_waited_for: bool,
    waker: Option<Waker>,
}

/// The side that answers. Dropped without an answer it says that none will come.
pub struct Promise<T>(Arc<Slot<T>>);

/// The side that gets the answer, once. Dropping it loses the answer and nothing else.
pub struct Answer<T>(Arc<Slot<T>>);

/// Returns both sides of an answer. `is_waited_for`: whether a thread is going to [wait](Answer::wait) at once.
pub fn promise<T>(is_waited_for: bool) -> (Promise<T>, Answer<T>) {
    let state = State { answer: Look::Pending, is_waited_for, waker: None };
    let slot = Arc::new(Slot { state: Mutex::new(state), settled: Condvar::new() });
    (Promise(Arc::clone(&slot)), Answer(slot))
}

impl<T> Promise<T> {
    /// Answers.
    pub fn give(self, answer: T) {
        self.settle(Look::Here(answer));
    }

    /// Returns whether a thread waits until the answer comes, or is going to.
    pub fn is_waited_for(&self) -> bool {
        self.0.state.lock().is_waited_for
    }

    fn settle(&self, answer: Look<T>) {
        let waker = {
            let mut state = self.0.state.lock();
            if !matches!(state.answer, Look::Pending) {
                return;
            }
            state.answer = answer;
            state.waker.take()
        };
        self.0.settled.notify_all();
        if let Some(waker) = waker {
            // A waker is the application's code. Its panic is not this thread's.
            let _panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| waker.wake()));
        }
    }
}

impl<T> Drop for Promise<T> {
    fn drop(&mut self) {
        self.settle(Look::Never);
    }
}

impl<T> Answer<T> {
    /// Waits for the answer; never `Pending`.
    pub fn wait(&self) -> Look<T> {
        let mut state = self.0.state.lock();
        state.is_waited_for = true;
        while matches!(state.answer, Look::Pending) {
            self.0.settled.wait(&mut state);
        }
        state.answer.take()
    }

    /// Looks for the answer without waiting.
    pub fn look(&self) -> Look<T> {
        self.0.state.lock().answer.take()
    }

    /// Looks for the answer, and has the task of `context` woken once it is there.
    pub fn look_or_wake(&self, context: &mut Context<'_>) -> Look<T> {
        let mut state = self.0.state.lock();
        if matches!(state.answer, Look::Pending) {
            match &mut state.waker {
                Some(waker) => waker.clone_from(context.waker()),
                none => *none = Some(context.waker().clone()),
            }
        }
        state.answer.take()
    }
}

impl<T> std::fmt::Debug for Promise<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Promise").finish_non_exhaustive()
    }
}

impl<T> std::fmt::Debug for Answer<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Answer").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::task::Wake;

    use super::*;

    struct Count(AtomicU32);

    impl Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }

    #[test]
    fn an_answer_is_given_once_and_wakes_once() {
        let woken = Arc::new(Count(AtomicU32::new(0)));
        let waker = Waker::from(Arc::clone(&woken));
        let mut context = Context::from_waker(&waker);
        let (give, answer) = promise(false);
        assert_eq!(answer.look(), Look::Pending);
        assert_eq!(answer.look_or_wake(&mut context), Look::Pending);
        assert_eq!(answer.look_or_wake(&mut context), Look::Pending);
        give.give(7);
        assert_eq!(woken.0.load(Ordering::SeqCst), 1);
        assert_eq!(answer.look_or_wake(&mut context), Look::Here(7));
        assert_eq!((answer.look(), answer.wait()), (Look::Taken, Look::Taken));
    }

    #[test]
    fn a_promise_that_is_dropped_says_so() {
        let (give, answer) = promise::<u32>(false);
        assert!(!give.is_waited_for());
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| answer.wait());
            drop(give);
            assert_eq!(waiting.join().unwrap(), Look::Never);
        });
    }

    #[test]
    fn who_waits_is_known() {
        let (give, answer) = promise::<u32>(false);
        std::thread::scope(|scope| {
            scope.spawn(|| assert_eq!(answer.wait(), Look::Here(1)));
            while !give.is_waited_for() {
                std::thread::yield_now();
            }
            give.give(1);
        });
        assert!(promise::<u32>(true).0.is_waited_for());
    }
}
