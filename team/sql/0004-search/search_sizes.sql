-- How many texts of a session have a word, and how many words they have: what a rank weighs words by.
create table retold.search_sizes (
    tenant bigint not null,
    generation integer not null,
    stream bigint not null,
    log integer not null,
    workspace bigint not null,
    texts bigint not null,
    words bigint not null,
    primary key (tenant, generation, stream)
) with (fillfactor = 80)
