-- What bodies and texts are packed with: those that come with the program. None is trained on what a team wrote.
create table retold.dictionary (
    tenant bigint not null,
    codec smallint not null,
    bytes bytea not null,
    primary key (tenant, codec)
)
