select before from search_seam where position = ?1;
