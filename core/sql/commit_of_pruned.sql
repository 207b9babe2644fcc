select body_commit from pruned where position = ?1
