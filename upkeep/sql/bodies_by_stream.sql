select position, stream, type, schema_version, codec, body from event where body is not null order by stream, revision
