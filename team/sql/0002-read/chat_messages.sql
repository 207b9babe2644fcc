-- A row a message; its text is in the body at content_position of the log.
create table retold.chat_messages (
    tenant bigint not null,
    generation integer not null,
    log integer not null,
    workspace bigint not null,
    stream bigint not null,
    place bigint not null,
    id text not null,
    role text not null,
    timestamp text not null,
    instant bigint,
    instance_id bigint,
    extra text,
    content_position bigint not null,
    content_bytes bigint not null,
    primary key (tenant, generation, stream, place)
) with (fillfactor = 80)
