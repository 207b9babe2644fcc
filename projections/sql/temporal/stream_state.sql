-- What is kept of a stream to go on with its next event.
create table stream_state (
    stream          integer primary key,
    settled         integer,            -- the effective time of the event before its last one
    last            integer not null,   -- what the clock of its last event said
    position        integer not null,   -- of its last event
    workspace       integer not null,
    ordinal         integer not null,
    created         integer,            -- the position of the event that began the session
    deleted         integer,            -- the position of the deletion that stands
    messages        integer not null,
    messages_moved  integer not null,   -- whether a message ever came in before another, or left from before another
    instances_moved integer not null,   -- likewise
    corrected       integer not null,   -- whether earlier revisions are corrected: see stream in the versions
    correcting      integer not null    -- how many of its next events are a correction
) strict;
