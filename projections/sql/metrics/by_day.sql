select day, sessions, completed, failed, instances, messages, round(messages * 3600 / nullif(active_seconds, 0), 1) as per_hour,
    output_bytes, round(output_bytes * 3600 / nullif(active_seconds, 0), 1) as bytes_per_hour, lines_added, lines_deleted,
    round(seconds, 1) as seconds, round(active_seconds, 1) as active_seconds, events
from metrics.metrics_day order by day;
