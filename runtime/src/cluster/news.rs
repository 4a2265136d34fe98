//! What the log learns of a poller: a failure when it is news, and again after 2, 4, 8 … of them, so that an old view is
//! not forgotten.

/// How the polls of one cluster went.
#[derive(Debug, Default)]
pub(crate) struct News {
    failures: u64,
    error: String,
}

impl News {
    /// How many polls had failed before this one, if that is news.
    pub fn succeeded(&mut self) -> Option<u64> {
        let before = std::mem::take(self).failures;
        (before > 0).then_some(before)
    }

    /// Whether it is to be said that a poll failed, for this reason.
    pub fn failed(&mut self, error: &str) -> bool {
        self.failures += 1;
        let news = self.error != error || self.failures.is_power_of_two();
        if news {
            error.clone_into(&mut self.error);
        }
        news
    }
}

#[cfg(test)]
mod tests {
    use super::News;

    #[test]
    fn only_what_is_new_is_said() {
        let mut news = News::default();
        assert_eq!(news.succeeded(), None);
        let said = ["a", "a", "a", "a", "b", "b", "b", "b", "b"].map(|error| news.failed(error));
        assert_eq!(
            said,
            [true, true, false, true, true, false, false, true, false]
        );
        assert_eq!(news.succeeded(), Some(9));
        assert!(news.failed("b"), "it is new again");
    }
}
