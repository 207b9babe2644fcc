create table retold.visible (
    tenant bigint not null,
    person integer not null,
    workspace integer not null,
    level smallint not null,
    primary key (tenant, person, workspace)
)
