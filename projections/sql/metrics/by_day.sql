select day, sessions, completed, failed, instances, messages, output_bytes
from metrics.metrics_day order by day;
