delete from search_text where rowid = ?1;
