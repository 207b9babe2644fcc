-- What is redacted leaves no digest of itself behind.
update commit_key set digest = null where first = (select commit_first from event where position = ?1)
