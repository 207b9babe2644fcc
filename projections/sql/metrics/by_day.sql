select day, sessions, completed, failed, instances, messages, round(messages * 3600 / nullif(active_seconds, 0), 1) as per_hour,
    output_bytes, round(output_bytes * 3600 / nullif(active_seconds, 0), 1) as bytes_per_hour, lines_added, lines_deleted,
    round(seconds, 1) as seconds, round(active_seconds, 1) as active_seconds, events
from metrics.metrics_day
-- The registration of a workspace alone is no day of work.
where sessions or completed or failed or instances or messages or output_bytes or active_seconds > 0 or lines_added or lines_deleted
order by day desc;
