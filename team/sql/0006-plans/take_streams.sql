-- Returns the numbers of streams, new ones among them, under the lock of their log; a name that was sealed is kept once it is told.
create or replace function retold.take_streams(t bigint, l integer, keys bytea[], workspaces bytea[], sessions bytea[], ordinals bigint[]) returns bigint[] language plpgsql set search_path = pg_catalog as $$
declare next bigint; numbers bigint[];
begin
    if exists (select 1 from unnest(workspaces) u(key) where u.key is not null
            and not exists (select 1 from retold.workspace w where w.tenant = t and w.key = u.key)) then
        perform pg_advisory_xact_lock(hashtextextended('retold numbers', t));
        insert into retold.workspace (tenant, workspace, key)
            select t, (select coalesce(max(w.workspace), 0) from retold.workspace w where w.tenant = t) + row_number() over (order by u.key), u.key
            from (select distinct k.key from unnest(workspaces) k(key) where k.key is not null
                and not exists (select 1 from retold.workspace w where w.tenant = t and w.key = k.key)) u;
    end if;
    -- A stream's number begins with its log's: logs give numbers without waiting for each other.
    select coalesce(max(s.stream), l::bigint << 32) into next from retold.stream s
        where s.tenant = t and s.stream >= l::bigint << 32 and s.stream < (l + 1)::bigint << 32;
    insert into retold.stream (tenant, stream, log, stream_key, workspace, session_id, ordinal)
        select t, next + row_number() over (order by u.o), l, u.key, w.workspace, u.session, u.ordinal
        from unnest(keys, workspaces, sessions, ordinals) with ordinality u(key, workspace, session, ordinal, o)
        left join retold.workspace w on w.tenant = t and w.key = u.workspace
        where (select s.stream from retold.stream s where s.tenant = t and s.log = l and s.stream_key = u.key) is null;
    select array_agg((select s.stream from retold.stream s where s.tenant = t and s.log = l and s.stream_key = u.key) order by u.o)
        into numbers from unnest(keys) with ordinality u(key, o);
    update retold.stream s set workspace = w.workspace, session_id = u.session, ordinal = u.ordinal
        from unnest(numbers, workspaces, sessions, ordinals) u(stream, workspace, session, ordinal), retold.workspace w
        where s.tenant = t and s.stream = any (numbers) and s.stream = u.stream and s.workspace is null and w.tenant = t and w.key = u.workspace;
    return coalesce(numbers, '{}');
end $$
