-- The events of a stream that are in a log, after a revision; each with the hash of the event before it in the log. Nothing where the
-- caller may not read it whole, as where it is not there.
create function retold.stream_1(
    t bigint, l integer, of_key bytea, after_revision bigint, at_most bigint,
    out "position" bigint, out revision bigint, out type integer, out schema_version integer, out commit_first bigint, out recorded_at bigint, out occurred_at bigint,
    out hash bytea, out body_commit bytea, out meta bytea, out meta_digest bytea, out codec smallint, out salt bytea, out body bytea, out previous bytea
) returns setof record stable language sql security definer set search_path = pg_catalog as $$
    select e.position, e.revision, e.type, e.schema_version, e.commit_first, e.recorded_at, e.occurred_at, e.hash,
        e.body_commit, e.meta, e.meta_digest, b.codec, b.salt, b.body,
        coalesce(
            (select p.hash from retold.event p where p.tenant = e.tenant and p.log = e.log and p.position = e.position - 1),
            (select a.hash_at_last from retold.absent a where a.tenant = e.tenant and a.log = e.log and a.last = e.position - 1)
        )
    from retold.stream s join retold.event e on e.tenant = s.tenant and e.stream = s.stream
    left join retold.body b on b.tenant = e.tenant and b.log = e.log and b.position = e.position
    where s.tenant = t and s.log = l and s.stream_key = of_key and e.revision > after_revision
        and (select retold.may_read(x.tenant, x.log, x.workspace) from retold.stream x where x.tenant = t and x.log = l and x.stream_key = of_key) >= 3
    order by e.revision limit at_most
$$
