insert into usage_records
    (workspace, key, stream, position, used_at, model, input, cache_read, cache_write, output, reasoning, cost, hearsay, counts)
values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, 0)
on conflict do update set
    position = excluded.position, used_at = excluded.used_at, model = excluded.model, input = excluded.input,
    cache_read = excluded.cache_read, cache_write = excluded.cache_write, output = excluded.output,
    reasoning = excluded.reasoning, cost = excluded.cost, hearsay = excluded.hearsay
