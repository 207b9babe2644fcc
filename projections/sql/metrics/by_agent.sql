-- A rate is that of the instances whose time is known: some that run have ended nothing yet.
select coalesce(agent, 'unknown') as agent, count(*) as instances, sum(won) as won, sum(status = 'completed') as completed,
    sum(status = 'failed') as failed, sum(messages) as messages,
    round(sum(messages) filter (where seconds > 0) * 3600 / nullif(sum(seconds), 0), 1) as per_hour,
    sum(output_bytes) as output_bytes,
    round(sum(output_bytes) filter (where seconds > 0) * 3600 / nullif(sum(seconds), 0), 1) as bytes_per_hour,
    sum(lines_added) as lines_added, sum(lines_deleted) as lines_deleted, round(sum(seconds), 1) as seconds
from metrics.metrics_agent group by 1 order by instances desc, 1;
