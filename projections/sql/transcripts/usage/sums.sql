select quarter, stream, workspace, model, prompt, records, input, cache_read, cache_write, cache_write_1h, output, reasoning, cost,
    with_cost
from usage_sums
where quarter >= ?1 and quarter < ?2
order by quarter
