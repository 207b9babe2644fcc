select stream, revision, type from event where position between ?1 and ?2 order by position
