delete from search_document where position = ?1;
