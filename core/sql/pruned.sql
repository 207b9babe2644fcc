select position from pruned where position between ?1 and ?2
