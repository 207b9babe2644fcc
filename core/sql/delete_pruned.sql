delete from pruned where position = ?1
