-- A row a text that a search finds, of the sessions that lists show; of a long one a row a piece. Its words are those that a store's own
-- index has, each after the tenant's number, and where they are; not the text, which is in the body at position of the log at_log. part:
-- 0 for what the event says, 1 for the paths that a call names.
create table retold.search (
    tenant bigint not null,
    generation integer not null,
    log integer not null,
    workspace bigint not null,
    stream bigint not null,
    position bigint not null,
    part smallint not null,
    piece integer not null,
    pieces integer not null,
    at_log integer not null,
    revision bigint not null,
    occurred_at bigint not null,
    what text not null,
    role text,
    agent text,
    tool_name text,
    tool_kind text,
    length integer not null,
    words tsvector not null,
    primary key (tenant, generation, stream, position, part, piece)
)
