-- Serves the events of a stretch of time, in the order of happening.
create index if not exists event_time_by_happened on event_time (happened);
-- Serves the corrections that count from a stretch of time on.
create index if not exists event_time_corrected on event_time (counts) where counts is not null;
-- Serves the streams that are corrected.
create index if not exists stream_state_corrected on stream_state (stream) where corrected;
-- Serves the last event of a stream that had happened by a time.
create index if not exists touch_by_happened on touch (stream, happened, position);
-- Serves the sessions of a workspace.
create index if not exists session_version_by_workspace on session_version (workspace);
-- Serves the lists in which elements moved: their places are counted.
create index if not exists message_version_moved on message_version (stream) where moved;
create index if not exists instance_version_moved on instance_version (stream) where moved;
