create table workspaces/*gen*/ (
    workspace integer primary key,
    key       text not null,
    path      text,
    hashes    text not null   -- a JSON array: the names of its legacy files
) strict;
