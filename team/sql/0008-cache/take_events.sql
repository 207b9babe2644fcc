create or replace function retold.take_events(
    t bigint, l integer, numbers bigint[], positions bigint[], streams integer[], revisions bigint[], types integer[], versions integer[],
    commits bigint[], recorded bigint[], occurred bigint[], hashes bytea[], body_commits bytea[], metas bytea[], meta_digests bytea[]
) returns void language plpgsql set search_path = pg_catalog as $$
begin
    insert into retold.event (tenant, log, position, stream, revision, type, schema_version, commit_first, recorded_at, occurred_at, hash, body_commit, meta, meta_digest)
    select t, l, u.a, numbers[u.b], u.c, u.d, u.e, u.f, u.g, u.h, u.i, u.j, u.k, u.m
    from unnest(positions, streams, revisions, types, versions, commits, recorded, occurred, hashes, body_commits, metas, meta_digests)
        u(a, b, c, d, e, f, g, h, i, j, k, m);
end $$
