-- Takes away texts; returns by session how many of them had a word, and how many words.
with gone as (
    delete from retold.search s using unnest($3::bigint[], $4::bigint[], $5::smallint[]) u(stream, position, part)
    where s.tenant = $1 and s.generation = $2 and s.stream = u.stream and s.position = u.position and s.part = u.part
    returning s.stream, s.piece, s.length
)
select g.stream, count(*) filter (where g.length > 0), coalesce(sum(g.length), 0)::bigint from gone g where g.piece = 0 group by g.stream
