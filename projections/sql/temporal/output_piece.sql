-- The pieces of outputs. An output is known by the event that it began with; what of it was there at a moment are the pieces
-- up to the session's last event.
create table output_piece (
    stream   integer not null,
    output   integer not null,
    position integer not null,   -- of the event that has the text
    ordinal  integer not null,   -- from 0
    bytes    integer not null,
    total    integer not null,   -- bytes up to this one, inclusive
    primary key (stream, output, position)
) strict, without rowid;
