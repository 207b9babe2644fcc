update search_session set lists = json_set(lists, '$.' || ?2, json(?3)) where stream = ?1;
