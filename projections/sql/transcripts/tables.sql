-- One row a call of a tool. Arguments and results stand in the events that are named.
create table tool_calls (
    stream            integer not null,
    position          integer not null,   -- of the event that called
    call_id           text    not null,
    message_id        text,
    instance_id       integer,
    name              text    not null,
    kind              text    not null,   -- read, edit, delete, move, search, execute, think, fetch or other
    called_at         integer not null,   -- microseconds since 1970
    input_bytes       integer not null,
    outcome           text,               -- ok, error, denied or cancelled; null: it has not returned
    returned_position integer,
    returned_at       integer,
    output_bytes      integer,
    agent             text,               -- the kind of agent that it asked for
    primary key (stream, position)
) strict, without rowid;
create index tool_calls_by_id on tool_calls (stream, call_id);

-- One row for what is counted once, and session that knows of it.
create table usage_records (
    workspace   integer not null,
    key         text    not null,
    stream      integer not null,
    position    integer not null,
    used_at     integer not null,         -- microseconds since 1970
    quarter     integer not null,         -- the quarter of an hour since 1970 that this is in
    model       text    not null,
    prompt      integer not null,         -- how many of the lengths that prices step at its prompt exceeds
    input       integer not null,
    cache_read  integer not null,
    cache_write integer not null,
    cache_write_1h integer not null,      -- the part of them that is kept for an hour
    output      integer not null,
    reasoning   integer not null,
    cost        integer,                  -- millionths of the tool's own unit
    hearsay     integer not null,         -- whether it is known from another session's file
    counts      integer not null,         -- whether it is the one of its key that is counted
    primary key (workspace, key, stream)
) strict, without rowid;
create index usage_by_time on usage_records (used_at) where counts;

-- The sums of those that count. A quarter of an hour is what every time zone's days and hours consist of.
create table usage_sums (
    quarter     integer not null,
    stream      integer not null,
    model       text    not null,
    prompt      integer not null,
    workspace   integer not null,
    records     integer not null,
    input       integer not null,
    cache_read  integer not null,
    cache_write integer not null,
    cache_write_1h integer not null,
    output      integer not null,
    reasoning   integer not null,
    cost        integer not null,
    with_cost   integer not null,         -- how many records tell a cost
    primary key (quarter, stream, model, prompt)
) strict, without rowid;
create index usage_sums_by_stream on usage_sums (stream);

-- What became of a conversation: compacted, or rewound.
create table context_changes (
    stream   integer not null,
    position integer not null,
    change   text    not null,
    messages text    not null,            -- a JSON array of ids; empty: all before
    primary key (stream, position)
) strict, without rowid;

-- One row a file that was taken in.
create table sources (
    workspace   integer not null,
    source      integer not null,
    tool        text    not null,
    name        text    not null,
    form        text    not null,
    role        text    not null,
    found_at    integer not null,         -- microseconds since 1970
    kept_at     integer not null,
    bytes       integer not null,         -- that are kept
    file_bytes  integer not null,
    stamp       text,
    records     integer not null,
    primary key (workspace, source)
) strict, without rowid;

-- The pieces of a source that its bytes consist of now.
create table source_pieces (
    workspace integer not null,
    source    integer not null,
    offset    integer not null,
    length    integer not null,
    position  integer not null,
    records   integer not null,
    through   blob    not null,
    primary key (workspace, source, offset)
) strict, without rowid;

-- What looked like a secret in a piece.
create table source_secrets (
    workspace integer not null,
    source    integer not null,
    piece     integer not null,           -- its offset
    kind      text    not null,           -- the rule that found it
    count     integer not null,
    masked    integer not null,           -- whether it was masked
    primary key (workspace, source, piece, kind)
) strict, without rowid;

-- What of them is no record.
create table skipped_spans (
    workspace integer not null,
    source    integer not null,
    offset    integer not null,
    length    integer not null,
    reason    integer not null,
    piece     integer not null,
    primary key (workspace, source, offset)
) strict, without rowid;
