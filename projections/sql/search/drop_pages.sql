delete from search_page where page between ?1 and ?2;
