-- Puts in texts, whose revisions and times are those of their events.
insert into retold.search (tenant, generation, log, workspace, stream, position, part, piece, pieces, at_log, revision, occurred_at,
    what, role, agent, tool_name, tool_kind, length, words)
select $1, $2, u.log, u.workspace, u.stream, u.position, u.part, u.piece, u.pieces, u.at_log, e.revision, e.occurred_at,
    u.what, u.role, u.agent, u.tool_name, u.tool_kind, u.length, u.words::tsvector
from unnest($3::bigint[], $4::integer[], $5::bigint[], $6::integer[], $7::bigint[], $8::smallint[], $9::integer[], $10::integer[], $11::text[],
    $12::text[], $13::text[], $14::text[], $15::text[], $16::integer[], $17::text[])
    u(stream, log, workspace, at_log, position, part, piece, pieces, what, role, agent, tool_name, tool_kind, length, words)
join retold.event e on e.tenant = $1 and e.log = u.at_log and e.position = u.position
