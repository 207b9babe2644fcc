-- Which generation of the rows is read. Another one is built beside it, and is read from one moment to the next.
create table retold.models (
    tenant bigint primary key references retold.tenant,
    generation integer not null
)
