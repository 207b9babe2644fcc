-- The tables that a shipment goes into, with their indexes, and a sequence in the place of the order of shipments.
create schema bare;
create table bare.event (like retold.event including all);
create table bare.body (like retold.body including all);
alter table bare.body alter received set default current_date;
create table bare.blob (like retold.blob including all);
create table bare.blob_ref (like retold.blob_ref including all);
create sequence bare.ingest;
create table bare.shipment (ingest bigint primary key, log integer not null, first bigint not null, last bigint not null);
create function bare.put(
    l integer, positions bigint[], streams bigint[], revisions bigint[], types integer[], versions integer[], commits bigint[], recorded bigint[], occurred bigint[],
    hashes bytea[], body_commits bytea[], metas bytea[], codecs smallint[], salts bytea[], bodies bytea[]
) returns bigint language plpgsql as $$
declare number bigint;
begin
    insert into bare.event (tenant, log, position, stream, revision, type, schema_version, commit_first, recorded_at, occurred_at, hash, body_commit, meta)
        select 1, l, u.a, u.b, u.c, u.d, u.e, u.f, u.g, u.h, u.i, u.j, u.k
        from unnest(positions, streams, revisions, types, versions, commits, recorded, occurred, hashes, body_commits, metas) u(a, b, c, d, e, f, g, h, i, j, k);
    insert into bare.body (tenant, log, position, received, codec, salt, body)
        select 1, l, u.p, current_date, u.c, u.s, u.b from unnest(positions, codecs, salts, bodies) u(p, c, s, b) where u.b is not null;
    insert into bare.shipment values (nextval('bare.ingest'), l, positions[1], positions[array_upper(positions, 1)]) returning ingest into number;
    return number;
end $$;
