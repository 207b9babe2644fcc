-- Outputs that begin within a word, and the output that it began in: it is found in the later one.
create table search_seam (
    position integer primary key,
    before   integer not null
) strict;
