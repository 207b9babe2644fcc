-- A redaction asks for the keys of a commit.
create index commit_key_by_first on commit_key (first);
