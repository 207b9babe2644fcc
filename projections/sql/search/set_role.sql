update search_document set role = ?2 where position = ?1;
