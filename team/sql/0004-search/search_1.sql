-- Searches the sessions that the caller may read whole. terms: what must be there; withouts: what must not; words: the words of the terms, one by
-- one, and of which term each is, from 1. Of a session that is in several logs the copy with the most events counts, as in lists. The best
-- hits come first: by BM25 over the texts that the caller may read. hits: at most so many; sessions and texts: how many of all finds are of which.
create function retold.search_1(
    terms tsquery[], withouts tsquery[], words tsquery[], of_term integer[], filter json, at_most integer,
    out hits json, out sessions json, out texts json
) stable language plpgsql security definer set search_path = pg_catalog as $$
#variable_conflict use_column
declare
    v_tenant bigint := retold.my_tenant(); v_generation integer := retold.my_generation();
    v_logs integer[] := retold.my_logs(); v_spaces bigint[] := retold.my_whole_workspaces(); v_all boolean := 0 = any (v_spaces);
    v_every tsquery; v_some tsquery; v_not tsquery; v_query tsquery;
    v_size double precision; v_average double precision; v_has bigint; v_weights double precision[]; v_at integer;
    v_whats text[]; v_tags text[]; v_words tsquery[] := words;
begin
    if cardinality(terms) not between 1 and 64 or cardinality(withouts) > 64 or cardinality(v_words) > 1024
        or cardinality(v_words) <> cardinality(of_term) or at_most not between 0 and 10000 then
        raise exception 'a search has 1 to 64 terms, of 1,024 words' using errcode = 'program_limit_exceeded';
    end if;
    foreach v_query in array terms loop
        v_every := case when v_every is null then v_query else v_every && v_query end;
        v_some := case when v_some is null then v_query else v_some || v_query end;
    end loop;
    foreach v_query in array withouts loop
        v_every := v_every && !! v_query;
        v_not := case when v_not is null then v_query else v_not || v_query end;
    end loop;
    -- Of one term all finds weigh alike.
    select coalesce(sum(z.texts), 0), greatest(coalesce(sum(z.words), 0) / greatest(coalesce(sum(z.texts), 0), 1)::double precision, 1)
        into v_size, v_average from retold.search_sizes z
        where z.tenant = v_tenant and z.generation = v_generation and (v_all or z.log = any (v_logs) or z.workspace = any (v_spaces));
    v_weights := array_fill((case when cardinality(terms) = 1 then 2.2 else 0 end)::double precision, array[cardinality(terms)]);
    for v_at in 1 .. case when cardinality(terms) = 1 then 0 else cardinality(v_words) end loop
        v_query := v_words[v_at];
        select count(*) filter (where s.pieces = 1) + count(distinct (s.stream, s.position, s.part)) filter (where s.pieces > 1) into v_has
            from retold.search s
            where s.words @@ v_query and s.tenant = v_tenant and s.generation = v_generation
            and (v_all or s.log = any (v_logs) or s.workspace = any (v_spaces));
        v_weights[of_term[v_at]] := v_weights[of_term[v_at]] + ln(1 + greatest(v_size - v_has + 0.5, 0) / (v_has + 0.5)) * 2.2;
    end loop;
    filter := json_strip_nulls(filter);
    select array_agg(x) into v_whats from json_array_elements_text(filter->'whats') x;
    select array_agg(x) into v_tags from json_array_elements_text(filter->'tags') x;
    with cut as materialized (
        select s.stream, s.position, s.part from retold.search s, unnest(terms) with ordinality u(q, n)
        where s.words @@ v_some and s.words @@ u.q and s.pieces > 1 and s.tenant = v_tenant and s.generation = v_generation
            and (v_all or s.log = any (v_logs) or s.workspace = any (v_spaces))
        group by s.stream, s.position, s.part having count(distinct u.n) = cardinality(terms)
    ), seen as materialized (
        select s.stream, s.position, s.part, s.at_log, s.revision, s.occurred_at, s.what, s.role, s.agent, s.tool_name, s.tool_kind, s.length,
            case when s.what in ('call', 'result') then array_fill(1::double precision, array[cardinality(terms)]) else array(
                select greatest(1, min(retold.times(s.words, w.q))) from unnest(v_words, of_term) w(q, t) group by w.t order by w.t
            ) end as times
        from retold.search s
        where s.words @@ v_every and s.pieces = 1 and s.tenant = v_tenant and s.generation = v_generation
            and (v_all or s.log = any (v_logs) or s.workspace = any (v_spaces))
        union all
        select s.stream, s.position, s.part, s.at_log, s.revision, s.occurred_at, s.what, s.role, s.agent, s.tool_name, s.tool_kind, s.length,
            case when s.what in ('call', 'result') then array_fill(1::double precision, array[cardinality(terms)]) else array(
                select greatest(1, min(k.times)) from (
                    select w.t, w.n, sum(retold.times(x.words, w.q)) as times
                    from retold.search x, unnest(v_words, of_term) with ordinality w(q, t, n)
                    where x.tenant = v_tenant and x.generation = v_generation and x.stream = s.stream and x.position = s.position and x.part = s.part
                    group by w.t, w.n
                ) k group by k.t order by k.t
            ) end
        from cut c join retold.search s on s.tenant = v_tenant and s.generation = v_generation
            and s.stream = c.stream and s.position = c.position and s.part = c.part and s.piece = 0
        where v_not is null or not exists (
            select 1 from retold.search x where x.tenant = v_tenant and x.generation = v_generation
            and x.stream = s.stream and x.position = s.position and x.part = s.part and x.words @@ v_not
        )
    ), fitting as materialized (
        select f.* from seen f
        where (v_whats is null or f.what = any (v_whats))
            and (filter->>'role' is null or f.role = filter->>'role') and (filter->>'agent' is null or f.agent = filter->>'agent')
            and (filter->>'tool_name' is null or f.tool_name = filter->>'tool_name')
            and (filter->>'tool_kind' is null or f.tool_kind = filter->>'tool_kind')
            and (filter->>'after' is null or f.occurred_at > (filter->>'after')::bigint)
            and (filter->>'to' is null or f.occurred_at <= (filter->>'to')::bigint)
    ), session as materialized (
        select y.stream, y.log, y.key, encode(q.session_id, 'hex') as id, q.ordinal, y.type, y.status, y.tags, y.cwds, y.branches, y.models, y.versions, y.files,
            encode(w.key, 'hex') as workspace, w.path
        from (select distinct f.stream from fitting f) f
        join retold.sessions y on y.tenant = v_tenant and y.generation = v_generation and y.stream = f.stream
        join retold.stream q on q.tenant = y.tenant and q.stream = y.stream
        join retold.workspace w on w.tenant = y.tenant and w.workspace = y.workspace
        where not exists (
            select 1 from retold.sessions b where b.tenant = v_tenant and b.generation = v_generation and b.key = y.key
            and (b.revision, b.stream) > (y.revision, y.stream) and (v_all or b.log = any (v_logs) or b.workspace = any (v_spaces))
        )
            and (filter->>'workspace' is null or w.key = convert_to(filter->>'workspace', 'UTF8') or w.path = filter->>'workspace')
            and (filter->>'session' is null or position(convert_to(filter->>'session', 'UTF8') in q.session_id) = 1)
            and (filter->>'type' is null or y.type = filter->>'type') and (filter->>'status' is null or y.status = filter->>'status')
            and (filter->>'tool' is null or case when y.type = 'transcript' then w.key = convert_to(lower(filter->>'tool'), 'UTF8')
                else lower(filter->>'tool') = 'ait42' end)
            and (filter->>'model' is null or strpos(lower(y.models), lower(filter->>'model')) > 0)
            and (filter->>'branch' is null or strpos(y.branches, '[' || (filter->>'branch')) = 1 or strpos(y.branches, ',' || (filter->>'branch')) > 0)
            -- As JSON has it, and after what comes before an element alone: a quote within one is escaped.
            and (v_tags is null or not exists (
                select 1 from unnest(v_tags) g(e) where strpos(y.tags, '[' || g.e) <> 1 and strpos(y.tags, ',' || g.e) = 0
            ))
    ), finds as materialized (
        select f.*, (
            select sum(u.weight * u.times / (u.times + 1.2::double precision * (0.25 + 0.75::double precision * f.length / v_average)))
            from unnest(v_weights, f.times) u(weight, times)
        ) as rank
        from fitting f join session using (stream)
    )
    select
        (select coalesce(json_agg(json_build_object('log', b.at_log, 'key', encode(y.key, 'hex'), 'revision', b.revision, 'what', b.what,
            'role', b.role, 'agent', b.agent, 'tool_name', b.tool_name, 'tool_kind', b.tool_kind, 'workspace', y.workspace, 'id', y.id,
            'ordinal', y.ordinal, 'type', y.type, 'status', y.status) order by b.rank desc, b.occurred_at desc, b.position desc, b.part desc, b.stream desc), '[]')
            from (select f.* from finds f order by f.rank desc, f.occurred_at desc, f.position desc, f.part desc, f.stream desc limit at_most) b
            join session y using (stream)),
        (select coalesce(json_agg(k), '[]') from (
            select y.workspace, y.path as folder, y.type, y.status, y.tags, y.cwds, y.branches, y.models, y.versions, y.files, count(*) as found
            from finds f join session y using (stream) group by 1, 2, 3, 4, 5, 6, 7, 8, 9, 10) k),
        (select coalesce(json_agg(k), '[]') from (
            select f.what, f.role, f.agent, f.tool_name, f.tool_kind, count(*) as found from finds f group by 1, 2, 3, 4, 5) k)
        into hits, sessions, texts;
end $$
