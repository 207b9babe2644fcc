-- How often something went from what a log has here, or came to it later, and a secret that is another one each time: what was sealed by
-- the one before is sealed for good. A log of which there is no row has neither yet. Nothing refers to the log's own row: whoever ships
-- holds that.
create table retold.edition (
    tenant bigint not null,
    log integer not null,
    changes bigint not null default 0,
    secret bytea not null default uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()),
    primary key (tenant, log)
);
-- No samples of secrets are kept.
alter table retold.edition alter column secret set statistics 0
