select count(*) from search_gone;
