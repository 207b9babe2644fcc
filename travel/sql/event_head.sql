select hash, recorded_at, occurred_at, type, stream, revision, commit_first from event where position = ?1
