select text, segment from search_gone;
