-- The same of a part of a quarter of an hour.
select quarter, stream, workspace, model, prompt, count(*), sum(input), sum(cache_read), sum(cache_write), sum(cache_write_1h),
    sum(output), sum(reasoning), coalesce(sum(cost), 0), count(cost)
from usage_records
where counts and used_at >= ?1 and used_at < ?2
group by quarter, stream, workspace, model, prompt
