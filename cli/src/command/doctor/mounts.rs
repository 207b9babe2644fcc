//! What kind of file system a path is on, as Linux tells it.

use std::path::Path;

/// File systems whose files another machine may write, with locks that do not reach this one. `9p` and the folders of
/// virtual machines are among them.
const REMOTE: &[&str] = &[
    "nfs",
    "nfs4",
    "cifs",
    "smb3",
    "smbfs",
    "ncpfs",
    "afs",
    "ceph",
    "glusterfs",
    "lustre",
    "beegfs",
    "gpfs",
    "9p",
    "vboxsf",
    "vmhgfs",
    "prl_fs",
    "drvfs",
    "davfs",
    "coda",
    "ocfs2",
    "gfs2",
    "orangefs",
    "pvfs2",
];
/// What runs under FUSE says so after a dot.
const REMOTE_FUSE: &[&str] =
    &["sshfs", "rclone", "s3fs", "gcsfuse", "glusterfs", "davfs2", "vmhgfs-fuse", "mfs", "juicefs"];

/// Returns the kind of the file system that holds `path`; `None` where the system does not say.
pub(super) fn file_system(path: &Path) -> Option<String> {
    let path = path.canonicalize().or_else(|_| path.parent().unwrap_or(path).canonicalize()).ok()?;
    find(&std::fs::read_to_string("/proc/self/mountinfo").ok()?, &path)
}

/// Whether locks on it may not be what they seem.
pub(super) fn is_remote(kind: &str) -> bool {
    REMOTE.contains(&kind) || kind.strip_prefix("fuse.").is_some_and(|fuse| REMOTE_FUSE.contains(&fuse))
}

/// Finds the mount of the longest path that `path` is under; of two on one path the later hides the earlier.
/// The fields are those of <https://man7.org/linux/man-pages/man5/proc_pid_mountinfo.5.html>.
fn find(mounts: &str, path: &Path) -> Option<String> {
    let mount = |line: &str| {
        let (before, behind) = line.split_once(" - ")?;
        let point = unescaped(before.split(' ').nth(4)?);
        Some((point, behind.split(' ').next()?.to_owned()))
    };
    mounts
        .lines()
        .filter_map(mount)
        .filter(|(point, _)| path.starts_with(point))
        .max_by_key(|(point, _)| point.len())
        .map(|(_, kind)| kind)
}

/// A space in a path is `\040` there, and so on.
fn unescaped(text: &str) -> String {
    [("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")]
        .iter()
        .fold(text.to_owned(), |text, (escape, character)| text.replace(escape, character))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_on_the_mount_that_is_nearest() {
        let mounts = "\
21 1 8:1 / / rw,relatime - ext4 /dev/sda1 rw
35 21 0:30 / /home rw shared:1 - nfs4 server:/home rw
36 21 0:31 / /home/ada/my\\040disk rw - fuse.sshfs ada@host: rw
37 21 0:32 / /home/ada/local rw - ext4 /dev/sdb1 rw
38 21 0:33 / /home/ada/local rw - btrfs /dev/sdc1 rw";
        let kind = |path: &str| find(mounts, Path::new(path)).unwrap();
        assert_eq!(kind("/var/lib/sessions.db"), "ext4");
        assert_eq!(kind("/home/ada/sessions.db"), "nfs4");
        assert_eq!(kind("/homes/ada"), "ext4");
        assert_eq!(kind("/home/ada/my disk/sessions.db"), "fuse.sshfs");
        assert_eq!(kind("/home/ada/local/sessions.db"), "btrfs");
        assert!(
            is_remote("nfs4") && is_remote("fuse.sshfs") && !is_remote("ext4") && !is_remote("fuse.ntfs")
        );
    }
}
