-- Adds to how many texts and words sessions have.
insert into retold.search_sizes as z (tenant, generation, stream, log, workspace, texts, words)
select $1, $2, u.stream, u.log, u.workspace, u.texts, u.words
from unnest($3::bigint[], $4::integer[], $5::bigint[], $6::bigint[], $7::bigint[]) u(stream, log, workspace, texts, words)
on conflict (tenant, generation, stream) do update set texts = z.texts + excluded.texts, words = z.words + excluded.words
