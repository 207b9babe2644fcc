delete from search_gone where segment <= ?1;
