insert into usage_records (
    workspace, key, stream, position, used_at, quarter, model, prompt, input, cache_read, cache_write, cache_write_1h, output,
    reasoning, cost, hearsay, counts
)
values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, 0)
on conflict do update set
    position = excluded.position, used_at = excluded.used_at, quarter = excluded.quarter, model = excluded.model,
    prompt = excluded.prompt, input = excluded.input, cache_read = excluded.cache_read, cache_write = excluded.cache_write,
    cache_write_1h = excluded.cache_write_1h, output = excluded.output, reasoning = excluded.reasoning, cost = excluded.cost,
    hearsay = excluded.hearsay
