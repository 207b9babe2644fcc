insert into commit_key (key, first, last, stream, command, digest) values (?1, ?2, ?3, ?4, ?5, ?6)
