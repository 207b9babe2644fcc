delete from search_segment where segment = ?1;
