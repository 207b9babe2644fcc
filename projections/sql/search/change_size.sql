update search_size set texts = texts + ?1, words = words + ?2;
