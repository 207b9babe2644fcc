//! A path as a URI of SQLite: <https://sqlite.org/uri.html>.

use std::path::Path;

use super::{Access, VFS, VFS_WITHOUT_LOCKS};

/// Returns the URI of a file that is only read, whatever bytes are in its path.
pub(super) fn uri(path: &Path, access: Access) -> String {
    // After `//` a URI names an authority, which is empty; a drive's letter makes a path absolute after a slash.
    let mut uri = String::from(match path.is_absolute() {
        true if cfg!(windows) => "file:///",
        true => "file://",
        false => "file:",
    });
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
    if access == Access::Immutable {
        uri.push_str("&immutable=1");
    }
    // Otherwise what is attached has that of the main database.
    uri.push_str("&vfs=");
    uri.push_str(if access == Access::PrivateIndex { VFS_WITHOUT_LOCKS } else { VFS });
    uri
}

#[cfg(test)]
mod tests {
    use super::super::{attach_as, attach_read_only, open_as};
    use super::*;
    use rusqlite::Connection;

    #[test]
    fn a_path_is_a_path_whatever_is_in_it() {
        let folder = tempfile::tempdir().unwrap();
        let mut names = vec!["a?mode=memory".into(), "b%41#c".into(), "d' \"e".into(), "扉 🚪".into()];
        #[cfg(unix)]
        names.push(<std::ffi::OsString as std::os::unix::ffi::OsStringExt>::from_vec(b"f\xff\xfe".to_vec()));
        for (number, name) in (0_i64..).zip(names) {
            let mut path = folder.path().join(&name);
            if number == 0 && cfg!(unix) {
                // It begins with an authority, as a URI would have it.
                path = [std::ffi::OsStr::new("/"), path.as_os_str()].join(std::ffi::OsStr::new("")).into();
            }
            let other = Connection::open(&path).unwrap();
            other.execute_batch(&format!("create table t as select {number} as n")).unwrap();
            drop(other);
            let connection = Connection::open_in_memory().unwrap();
            attach_read_only(&connection, &path, "other").unwrap();
            attach_as(&connection, &path, "frozen", Access::Immutable).unwrap();
            let alone = open_as(&path, Access::PrivateIndex, std::time::Duration::ZERO).unwrap();
            let found = |connection: &Connection, sql: &str| -> i64 {
                connection.query_row(sql, [], |row| row.get(0)).unwrap()
            };
            assert_eq!(found(&connection, "select n from other.t"), number, "{name:?}");
            assert_eq!(found(&connection, "select n from frozen.t"), number, "{name:?}");
            assert_eq!(found(&alone, "select n from t"), number, "{name:?}");
            connection.execute("delete from other.t", []).unwrap_err();
            connection.execute("delete from frozen.t", []).unwrap_err();
            alone.execute("delete from t", []).unwrap_err();
        }
    }
}
