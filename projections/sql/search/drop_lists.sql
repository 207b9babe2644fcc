delete from search_list where list between ?1 and ?2;
