select texts, words from search_size;
