//! Another database beside the one of a connection, to be read only.

use std::path::Path;

use rusqlite::Connection;

/// Attaches the file at `path` as `schema`; nothing can be written to it through this connection.
///
/// The path goes to SQLite as a URI, which says so and takes any bytes: a path need not be UTF-8. The SQLite that we
/// bring along reads URIs on every connection: <https://sqlite.org/uri.html>.
pub(crate) fn attach(connection: &Connection, path: &Path, schema: &str) -> rusqlite::Result<()> {
    connection.execute(include_str!("../sql/attach.sql"), [uri(path).as_str(), schema]).map(drop)
}

fn uri(path: &Path) -> String {
    // A drive's letter makes a path absolute only behind a slash.
    let mut uri = String::from(if cfg!(windows) && path.is_absolute() { "file:/" } else { "file:" });
    for byte in path.as_os_str().as_encoded_bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'/' | b'.' | b'_' | b'-' => {
                uri.push(char::from(*byte))
            }
            b'\\' if cfg!(windows) => uri.push('/'),
            byte => uri.push_str(&format!("%{byte:02x}")),
        }
    }
    uri.push_str("?mode=ro");
    uri
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_a_path_whatever_is_in_it() {
        let folder = tempfile::tempdir().unwrap();
        let mut names = vec!["a?mode=memory".into(), "b%41#c".into(), "d' \"e".into(), "扉 🚪".into()];
        #[cfg(unix)]
        names.push(<std::ffi::OsString as std::os::unix::ffi::OsStringExt>::from_vec(b"f\xff\xfe".to_vec()));
        for (number, name) in (0_i64..).zip(names) {
            let path = folder.path().join(&name);
            let other = Connection::open(&path).unwrap();
            other.execute_batch(&format!("create table t as select {number} as n")).unwrap();
            let connection = Connection::open_in_memory().unwrap();
            attach(&connection, &path, "other").unwrap();
            let found: i64 = connection.query_row("select n from other.t", [], |row| row.get(0)).unwrap();
            assert_eq!(found, number, "{name:?}");
            connection.execute("delete from other.t", []).unwrap_err();
        }
    }
}
