create table retold.device (
    tenant bigint not null,
    device integer not null,
    person integer not null,
    name text not null,
    -- The SHA-256 of its token, where it has one; the token itself is stored nowhere.
    token_sha256 bytea,
    -- 1 ship, 2 read, 4 administer.
    scopes smallint not null,
    expires_at timestamptz,
    revoked_at timestamptz,
    primary key (tenant, device),
    unique (tenant, person, name),
    foreign key (tenant, person) references retold.person
)
