insert or replace into source_secrets (workspace, source, piece, kind, count, masked) values (?1, ?2, ?3, ?4, ?5, ?6)
