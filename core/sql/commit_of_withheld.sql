select body_commit from withheld where position = ?1
