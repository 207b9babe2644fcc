-- What a key counted so far is no longer among the sums.
update usage_sums set
    records = usage_sums.records - 1,
    input = usage_sums.input - r.input,
    cache_read = usage_sums.cache_read - r.cache_read,
    cache_write = usage_sums.cache_write - r.cache_write,
    cache_write_1h = usage_sums.cache_write_1h - r.cache_write_1h,
    output = usage_sums.output - r.output,
    reasoning = usage_sums.reasoning - r.reasoning,
    cost = usage_sums.cost - coalesce(r.cost, 0),
    with_cost = usage_sums.with_cost - (r.cost is not null)
from usage_records r
where r.workspace = ?1 and r.key = ?2 and r.counts
    and usage_sums.quarter = r.quarter and usage_sums.stream = r.stream
    and usage_sums.model = r.model and usage_sums.prompt = r.prompt
