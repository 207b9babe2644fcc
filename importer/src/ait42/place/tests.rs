use super::*;

const ORPHAN: &str = "e3b0c44298fc1c14";

#[test]
fn the_empty_path_has_the_hash_of_the_orphan() {
    assert_eq!(workspace_hash(""), ORPHAN);
    assert_eq!(workspace_hash_of_text(""), ORPHAN);
}

#[test]
fn a_path_that_does_not_exist_is_hashed_less_trailing_slashes() {
    let bare = workspace_hash_of_text("/no/such/workspace");
    assert_eq!(workspace_hash("/no/such/workspace"), bare);
    assert_eq!(workspace_hash("/no/such/workspace//"), bare);
    assert_ne!(workspace_hash_of_text("/no/such/workspace/"), bare);
}

#[test]
fn a_path_that_exists_is_hashed_in_its_canonical_form() {
    let root = env!("CARGO_MANIFEST_DIR");
    let winding = format!("{root}/src/..");
    let canonical = fs::canonicalize(root).unwrap();
    let expected = workspace_hash_of_text(&canonical.to_string_lossy());
    assert_eq!(workspace_hash(&winding), expected);
    assert_ne!(workspace_hash_of_text(&winding), expected);
}

#[test]
fn a_root_stands_before_the_worktrees_folder() {
    for (worktree, root) in [
        ("/home/k/editor/src-tauri/.worktrees/comp-1", Some("/home/k/editor")),
        ("C:\\Users\\k\\editor\\src-tauri\\.worktrees\\comp-1", Some("C:\\Users\\k\\editor")),
        ("C:\\Users\\k\\editor\\src-tauri/.worktrees/comp-1", Some("C:\\Users\\k\\editor")),
        ("/a/src-tauri/.worktrees/x/src-tauri/.worktrees/y", Some("/a/src-tauri/.worktrees/x")),
        ("/家/src-tauri/.worktrees/x", Some("/家")),
        ("/a/my-src-tauri/.worktrees/x", None),
        ("/a/src-tauri/.worktrees", None),
        ("/a/src-tauri/worktrees/x", None),
        ("/src-tauri/.worktrees/x", None),
        ("/tmp/worktree-comp-0b5c-1", None),
        ("", None),
    ] {
        assert_eq!(roots_of_worktree(worktree).next(), root, "{worktree}");
    }
}

#[test]
fn a_root_counts_only_where_its_hash_names_the_file() {
    let worktree = "/no/such/editor/src-tauri/.worktrees/comp-1";
    assert_eq!(root_by_hash(&workspace_hash("/no/such/editor"), worktree), Some("/no/such/editor"));
    assert_eq!(root_by_hash(ORPHAN, worktree), None);
    assert_eq!(root_by_hash(ORPHAN, "/src-tauri/.worktrees/comp-1"), None);
}

#[test]
fn a_root_counts_by_either_rule_of_hashing() {
    let winding = format!("{}/src/..", env!("CARGO_MANIFEST_DIR"));
    let worktree = format!("{winding}/src-tauri/.worktrees/comp-1");
    for stem in [workspace_hash(&winding), workspace_hash_of_text(&winding)] {
        assert_eq!(root_by_hash(&stem, &worktree), Some(&winding[..]));
    }
}

#[test]
fn a_worktree_inside_a_worktree_is_found_by_either_of_its_roots() {
    let worktree = "/a/src-tauri/.worktrees/x/src-tauri/.worktrees/y";
    for root in ["/a", "/a/src-tauri/.worktrees/x"] {
        assert_eq!(root_by_hash(&workspace_hash_of_text(root), worktree), Some(root));
    }
}

#[test]
fn a_mapping_passes_over_what_is_no_path() {
    let mapping =
        Mapping::parse(b"\xEF\xBB\xBF{\"aa\": \"/a\", \"bb\": 7, \"cc\": null, \"aa\": \"/b\"}").unwrap();
    assert_eq!(mapping.path_of("aa"), Some("/b"));
    assert_eq!(mapping.path_of("bb"), None);
    assert_eq!(mapping.path_of("cc"), None);
}

#[test]
fn a_blank_mapping_maps_nothing() {
    assert!(Mapping::parse(b" \n").unwrap().paths.is_empty());
}

#[test]
fn a_missing_mapping_maps_nothing() {
    assert!(Mapping::read(Path::new("/no/such/workspace_mapping.json")).unwrap().paths.is_empty());
}

#[test]
fn a_mapping_that_is_no_object_says_which_file_it_is() {
    let no_mapping = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
    let error = Mapping::read(&no_mapping).unwrap_err();
    assert_eq!(error.to_string(), format!("parse workspace mapping {}", no_mapping.display()));
    assert!(Mapping::parse(b"[1]").is_err());
    assert!(Mapping::parse(b"{\"aa\": \"/a\"").is_err());
}

#[test]
fn a_mapping_that_cannot_be_read_says_which_file_it_is() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let error = Mapping::read(folder).unwrap_err();
    assert!(matches!(error, MappingError::Read { .. }));
    assert_eq!(error.to_string(), format!("read workspace mapping {}", folder.display()));
}
