-- The pieces that an instance's output is made of, in order. The text is once in the store: in the event at
-- position.
create table output_chunks/*gen*/ (
    stream   integer not null,
    instance integer not null,   -- its place
    ordinal  integer not null,   -- from 0
    position integer not null,
    bytes    integer not null,
    primary key (stream, instance, ordinal)
) strict, without rowid;
