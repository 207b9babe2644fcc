select stream, model, sum(input), sum(cache_read), sum(cache_write), sum(output), sum(reasoning),
    iif(sum(with_cost) > 0, sum(cost), null)
from usage_sums group by stream, model
