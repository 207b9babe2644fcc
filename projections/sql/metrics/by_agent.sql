select coalesce(agent, 'unknown') as agent, count(*) as instances, sum(won) as won, sum(status = 'completed') as completed,
    sum(status = 'failed') as failed, sum(messages) as messages, sum(output_bytes) as output_bytes,
    sum(lines_added) as lines_added, sum(lines_deleted) as lines_deleted, round(sum(seconds), 1) as seconds
from metrics.metrics_agent group by 1 order by instances desc, 1;
