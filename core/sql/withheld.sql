select position, body_commit from withheld where position between ?1 and ?2
