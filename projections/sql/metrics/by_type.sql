select type, count(*) as sessions, sum(status = 'completed') as completed, sum(status = 'failed') as failed,
    sum(instances) as instances, sum(messages) as messages,
    round(sum(messages) * 3600 / nullif(sum(active_seconds), 0), 1) as per_hour, sum(output_bytes) as output_bytes,
    round(sum(output_bytes) * 3600 / nullif(sum(active_seconds), 0), 1) as bytes_per_hour, sum(lines_added) as lines_added,
    sum(lines_deleted) as lines_deleted, round(avg(seconds), 1) as seconds_avg,
    round(sum(active_seconds), 1) as active_seconds, sum(events) as events
from metrics.metrics_session where deleted = 0 group by type order by sessions desc, type;
