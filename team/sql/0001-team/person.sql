create table retold.person (
    tenant bigint not null references retold.tenant,
    person integer not null,
    name text not null,
    -- The login role, where the person connects directly.
    role name,
    disabled_at timestamptz,
    primary key (tenant, person),
    unique (tenant, name)
)
