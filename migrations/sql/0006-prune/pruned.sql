-- Bodies that were taken out after an archive had them: what each committed to, and the event that says so. One that
-- is put back leaves this table.
create table pruned (
    position    integer primary key,
    body_commit blob    not null check (length(body_commit) = 32),
    by_position integer not null
) strict;
