//! Who is told what fails.

use std::sync::Arc;

/// Told one line of what fails, for whoever runs the server.
pub type Tell = Arc<dyn Fn(&str) + Send + Sync>;
