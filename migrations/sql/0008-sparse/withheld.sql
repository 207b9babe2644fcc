-- Bodies that were not given along with their events: what each committed to.
create table withheld (
    position    integer primary key,
    body_commit blob    not null check (length(body_commit) = 32)
) strict;
