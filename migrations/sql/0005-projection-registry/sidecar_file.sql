-- Which file is read, which is kept for a rollback, which is being filled. suffix: drawn for each file, so that no
-- file ever has the name of an earlier one, which somebody may have open still.
create table sidecar_file (
    name    text    not null,
    role    text    not null check (role in ('current', 'previous', 'building')),
    version integer not null,
    suffix  text    not null,
    primary key (name, role)
) strict, without rowid;
