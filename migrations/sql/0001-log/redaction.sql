-- Bodies that were taken out: what each was committed to, and the event that says why.
create table redaction (
    position    integer primary key,
    body_commit blob    not null check (length(body_commit) = 32),
    by_position integer not null
) strict;
