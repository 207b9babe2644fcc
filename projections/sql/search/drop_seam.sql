delete from search_seam where position = ?1;
