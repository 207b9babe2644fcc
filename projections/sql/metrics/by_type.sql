select type, count(*) as sessions, sum(status = 'completed') as completed, sum(status = 'failed') as failed,
    sum(instances) as instances, sum(messages) as messages, round(avg(seconds), 1) as seconds_avg,
    sum(lines_added) as lines_added, sum(lines_deleted) as lines_deleted
from metrics.metrics_session where deleted = 0 group by type order by sessions desc, type;
