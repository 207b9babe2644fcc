select stream, model, sum(input), sum(cache_read), sum(cache_write), sum(output), sum(reasoning), sum(cost)
from usage_records where counts group by stream, model
