-- One session in several logs.
create index stream_copies on retold.stream (tenant, stream_key)
