//! What the store of an owner is asked.

use serde_json::Value;

use super::Owner;

impl Owner {
    pub(crate) fn rows(&self, sql: &str) -> Vec<Value> {
        let answer: Value = serde_json::from_str(&self.run(&["sql", sql, "-o", "json"], 0)).unwrap();
        answer["rows"].as_array().unwrap().clone()
    }

    /// Returns the column `x` of the rows of a question.
    pub(crate) fn column(&self, sql: &str) -> Vec<String> {
        self.rows(sql).iter().map(|row| row["x"].as_str().unwrap_or_default().to_owned()).collect()
    }
}
