-- The pieces that outputs are made of; their texts are in the bodies at position of the log.
create table retold.output_chunks (
    tenant bigint not null,
    generation integer not null,
    log integer not null,
    workspace bigint not null,
    stream bigint not null,
    instance bigint not null,
    ordinal bigint not null,
    position bigint not null,
    bytes bigint not null,
    primary key (tenant, generation, stream, instance, ordinal)
) with (fillfactor = 80)
