//! Which releases were measured.

const LOCK: &str = include_str!("../Cargo.lock");

/// The release of `name` that this program was built with.
///
/// Read from the lock file, so that the report cannot name another one.
pub(crate) fn locked(name: &str) -> Option<&'static str> {
    let head = format!("\nname = \"{name}\"\nversion = \"");
    let (_, rest) = LOCK.split_once(&head)?;
    rest.split('"').next()
}

#[cfg(test)]
mod tests {
    use super::locked;

    #[test]
    fn a_locked_crate_has_the_version_of_the_manifest() {
        assert_eq!(locked("evento"), Some("1.8.0"));
    }

    #[test]
    fn an_absent_crate_has_no_version() {
        assert_eq!(locked("event"), None);
    }
}
