select stream, max(revision) from event group by stream order by stream
