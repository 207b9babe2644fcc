-- The first column is replaced by the period that is asked for.
select day as day, sum(sessions) as sessions, sum(completed) as completed, sum(failed) as failed, sum(instances) as instances,
    sum(messages) as messages, round(sum(messages) * 3600 / nullif(sum(active_seconds), 0), 1) as per_hour,
    sum(output_bytes) as output_bytes, round(sum(output_bytes) * 3600 / nullif(sum(active_seconds), 0), 1) as bytes_per_hour,
    sum(lines_added) as lines_added, sum(lines_deleted) as lines_deleted, round(sum(seconds), 1) as seconds,
    round(sum(active_seconds), 1) as active_seconds, sum(events) as events
from metrics.metrics_day
-- The registration of a workspace alone is not a day of work.
where sessions or completed or failed or instances or messages or output_bytes or active_seconds > 0 or lines_added or lines_deleted
group by 1
order by 1 desc;
