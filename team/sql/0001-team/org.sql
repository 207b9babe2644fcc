-- An organisation: one or several tenants. A small table that every node has a copy of.
create table retold.org (
    org bigint primary key,
    name text not null unique
)
