insert into usage_sums (
    quarter, stream, model, prompt, workspace, records, input, cache_read, cache_write, cache_write_1h, output, reasoning, cost,
    with_cost
)
select quarter, stream, model, prompt, workspace, 1, input, cache_read, cache_write, cache_write_1h, output, reasoning,
    coalesce(cost, 0), cost is not null
from usage_records where workspace = ?1 and key = ?2 and counts
on conflict do update set
    records = records + 1,
    input = input + excluded.input,
    cache_read = cache_read + excluded.cache_read,
    cache_write = cache_write + excluded.cache_write,
    cache_write_1h = cache_write_1h + excluded.cache_write_1h,
    output = output + excluded.output,
    reasoning = reasoning + excluded.reasoning,
    cost = cost + excluded.cost,
    with_cost = with_cost + excluded.with_cost
