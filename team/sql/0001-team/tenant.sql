-- A team. Its row is the counter of shipments: the one hot row, locked last in a shipment's transaction.
create table retold.tenant (
    tenant bigint primary key,
    org bigint not null references retold.org,
    name text not null,
    -- The number of the last shipment, and what chains them: sha256(chain before || ingest || log || first || last || last_hash).
    ingest bigint not null default 0,
    chain bytea not null default '\x',
    -- Rises when the server is restored to an earlier state: ingest numbers are given again.
    epoch integer not null default 1,
    -- Months that bodies are kept; null: for good.
    body_months smallint,
    -- The most that the team takes: 0 none, 1 headers, 2 facts, 3 all.
    level smallint not null default 3
) with (fillfactor = 50)
