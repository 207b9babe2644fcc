//! Which repository a folder is in, as git keeps it on disk. No git is run, nothing is written, and every file is read to a limit.

#![forbid(unsafe_code)]

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// How far up a repository is looked for.
const DEPTH_MAX: usize = 64;
/// Worktrees of a repository that are looked at.
const WORKTREES_MAX: usize = 1_000;
/// No more of a file is read.
const FILE_MAX: u64 = 1 << 20;
/// How often a reference may name another one.
const REFERENCES_MAX: usize = 8;

/// A repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repository {
    /// The folder of its main worktree, which all of its worktrees share.
    pub root: PathBuf,
    /// The folder of the worktree that was asked about.
    pub worktree: PathBuf,
    /// Its folder of git's own, which all worktrees share.
    common: PathBuf,
    /// The same for this worktree.
    own: PathBuf,
}

impl Repository {
    /// Returns the repository that a folder is in; `None` where it is in none, or there is no such folder. One that is not
    /// absolute is in none: it would be looked for below the folder that this program happens to run in.
    pub fn of(folder: &Path) -> Option<Self> {
        if !folder.is_absolute() {
            return None;
        }
        let folder = folder.canonicalize().ok()?;
        let worktree = folder.ancestors().take(DEPTH_MAX).find(|parent| parent.join(".git").exists())?;
        let git = worktree.join(".git");
        if git.is_dir() {
            let common = git.canonicalize().ok()?;
            return Some(Self {
                root: worktree.to_owned(),
                worktree: worktree.to_owned(),
                own: common.clone(),
                common,
            });
        }
        let own = worktree.join(read(&git)?.strip_prefix("gitdir:")?.trim()).canonicalize().ok()?;
        let named = read(&own.join("commondir"));
        let common = named.and_then(|common| own.join(common.trim()).canonicalize().ok());
        let Some(common) = common else {
            // A repository inside another one keeps its own elsewhere.
            return Some(Self {
                root: worktree.to_owned(),
                worktree: worktree.to_owned(),
                common: own.clone(),
                own,
            });
        };
        let is_inside = common.file_name().is_some_and(|name| name == ".git");
        let root = common.parent().filter(|_| is_inside).unwrap_or(&common).to_owned();
        Some(Self { root, worktree: worktree.to_owned(), common, own })
    }

    /// Returns the folders of all of its worktrees, the main one among them.
    pub fn worktrees(&self) -> Vec<PathBuf> {
        let mut folders = vec![self.root.clone(), self.worktree.clone()];
        let others = std::fs::read_dir(self.common.join("worktrees")).into_iter().flatten().flatten();
        folders.extend(others.take(WORKTREES_MAX).filter_map(|entry| {
            let text = read(&entry.path().join("gitdir"))?;
            Path::new(text.trim()).parent().map(Path::to_owned)
        }));
        folders.sort();
        folders.dedup();
        folders
    }

    /// Returns where it was cloned from: host and path, without a scheme, a user or a password, so that all ways to name
    /// one place are the same. Of several remotes `origin`, else the first. A folder that is not absolute names no place.
    pub fn remote(&self) -> Option<String> {
        let config = read(&self.common.join("config"))?;
        let (mut section, mut found) = (None::<String>, None::<(bool, String)>);
        for line in config.lines().map(str::trim) {
            if line.starts_with('[') {
                let name = line.strip_prefix("[remote \"").and_then(|rest| rest.strip_suffix("\"]"));
                section = name.map(str::to_owned);
                continue;
            }
            let Some((key, value)) = line.split_once('=') else { continue };
            let Some(section) = section.as_ref().filter(|_| key.trim() == "url") else { continue };
            let is_origin = section == "origin";
            if found.as_ref().is_none_or(|(known, _)| is_origin && !known) {
                found = Some((is_origin, value.trim().to_owned()));
            }
        }
        named(&found?.1)
    }

    /// Returns the commit that the worktree is at, in hexadecimal digits.
    pub fn commit(&self) -> Option<String> {
        let mut text = read(&self.own.join("HEAD"))?;
        for _ in 0..REFERENCES_MAX {
            let line = text.lines().next()?.trim().to_owned();
            let Some(reference) = line.strip_prefix("ref:").map(str::trim) else {
                return (line.len() >= 40 && line.bytes().all(|byte| byte.is_ascii_hexdigit()))
                    .then_some(line);
            };
            if Path::new(reference).components().any(|part| !matches!(part, std::path::Component::Normal(_)))
            {
                return None;
            }
            text = read(&self.own.join(reference)).or_else(|| read(&self.common.join(reference))).or_else(
                || {
                    let packed = read(&self.common.join("packed-refs"))?;
                    packed.lines().find_map(|line| Some(line.strip_suffix(reference)?.trim().to_owned()))
                },
            )?;
        }
        None
    }
}

/// Returns the one name of a place that a repository is cloned from.
fn named(url: &str) -> Option<String> {
    let url = url.trim_matches('"').replace('\\', "/");
    let (rest, is_url) = match url.split_once("://") {
        Some(("file", path)) => (path.to_owned(), false),
        Some((_, rest)) => (rest.to_owned(), true),
        // `user@host:path`; one letter is a drive.
        None => match url.split_once(':') {
            Some((host, path)) if host.len() > 1 && !host.contains('/') => (format!("{host}/{path}"), true),
            // The folder that it is below is not told.
            _ if !is_absolute(&url) => return None,
            _ => (url.clone(), false),
        },
    };
    let rest = rest.split(['?', '#']).next().unwrap_or_default().trim_end_matches('/');
    let rest = rest.strip_suffix(".git").unwrap_or(rest).trim_end_matches('/');
    if !is_url {
        return (!rest.is_empty()).then(|| rest.to_owned());
    }
    let (host, path) = rest.split_once('/')?;
    let host = host.rsplit('@').next().unwrap_or(host);
    let host = host.split(':').next().unwrap_or(host).to_lowercase();
    let path = path.trim_start_matches('/');
    (!host.is_empty() && !path.is_empty()).then(|| format!("{host}/{path}"))
}

/// Whether a path is absolute, on whatever system: it has the slashes of a URL.
fn is_absolute(path: &str) -> bool {
    path.starts_with('/') || matches!(path.as_bytes(), [drive, b':', b'/', ..] if drive.is_ascii_alphabetic())
}

fn read(path: &Path) -> Option<String> {
    if !std::fs::metadata(path).ok()?.is_file() {
        return None;
    }
    let mut text = Vec::new();
    File::open(path).ok()?.take(FILE_MAX).read_to_end(&mut text).ok()?;
    Some(String::from_utf8_lossy(&text).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_ways_to_name_a_place_are_one_and_none_tells_a_password() {
        for url in [
            "https://github.com/acme/atlas.git",
            "https://user:secret@github.com/acme/atlas",
            "ssh://git@GitHub.com:22/acme/atlas.git/",
            "git@github.com:acme/atlas.git",
            "git://github.com/acme/atlas",
        ] {
            assert_eq!(named(url).as_deref(), Some("github.com/acme/atlas"), "{url}");
        }
        assert_eq!(named("/srv/git/atlas.git").as_deref(), Some("/srv/git/atlas"));
        assert_eq!(named("file:///srv/git/atlas").as_deref(), Some("/srv/git/atlas"));
        assert_eq!(named(r"C:\git\atlas.git").as_deref(), Some("C:/git/atlas"));
        assert_eq!(named(r"\\server\git\atlas").as_deref(), Some("//server/git/atlas"));
        for url in ["", "https://", "https://host", "git@host:"] {
            assert_eq!(named(url), None, "{url}");
        }
    }

    #[test]
    fn a_folder_that_is_not_absolute_is_neither_in_a_repository_nor_cloned_from() {
        let own = Path::new(env!("CARGO_MANIFEST_DIR"));
        let folder = tempfile::tempdir_in(own).unwrap();
        std::fs::create_dir(folder.path().join(".git")).unwrap();
        assert!(Repository::of(folder.path()).is_some());
        let relative = folder.path().strip_prefix(std::env::current_dir().unwrap()).unwrap();
        for folder in [relative, Path::new("."), Path::new(""), Path::new("src"), Path::new("..")] {
            assert_eq!(Repository::of(folder), None, "{}", folder.display());
        }
        for url in ["../atlas.git", "./atlas", "atlas", "git/atlas", "~/atlas", ".", r"..\atlas", "C:atlas"] {
            assert_eq!(named(url), None, "{url}");
        }
    }
}
