//! What a person types to list only some sessions.

/// `tool:`, `project:`, `status:` and `since:`, each with a value, and words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in super::super) struct Filter {
    pub(in super::super) tool: Option<String>,
    pub(in super::super) project: Option<String>,
    pub(in super::super) status: Option<String>,
    pub(in super::super) since: Option<String>,
    pub(in super::super) words: Option<String>,
}

impl Filter {
    pub(in super::super) fn of(text: &str) -> Self {
        let (mut filter, mut words) = (Self::default(), Vec::new());
        for word in text.split_whitespace() {
            let (key, value) =
                word.split_once(':').filter(|(_, value)| !value.is_empty()).unwrap_or_default();
            let slot = match key {
                "tool" => &mut filter.tool,
                "project" => &mut filter.project,
                "status" => &mut filter.status,
                "since" => &mut filter.since,
                _ => {
                    words.push(word);
                    continue;
                }
            };
            *slot = Some(value.to_owned());
        }
        filter.words = (!words.is_empty()).then(|| words.join(" "));
        filter
    }

    /// Returns the options of `retold sessions` that list the same.
    pub(in super::super) fn options(&self) -> Vec<(&'static str, String)> {
        let Self { tool, project, status, since, words } = self;
        let since = since.as_ref().map(|since| match since.parse::<retold_travel::Point>() {
            Ok(_) => since.clone(),
            Err(_) => format!("{since}-ago"),
        });
        let named = [
            ("--tool", tool.clone()),
            ("--project", project.clone()),
            ("--status", status.clone()),
            ("--since", since),
            ("--search", words.clone()),
        ];
        named.into_iter().filter_map(|(option, value)| Some((option, value?))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_is_options_and_words() {
        let filter = Filter::of(" tool:codex  door: hinge since:3d status:failed project:atlas ");
        let options = [
            ("--tool", "codex"),
            ("--project", "atlas"),
            ("--status", "failed"),
            ("--since", "3d-ago"),
            ("--search", "door: hinge"),
        ];
        assert_eq!(filter.options(), options.map(|(option, value)| (option, value.to_owned())));
        assert_eq!(Filter::of("  "), Filter::default());
    }
}
