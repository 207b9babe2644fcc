select segment, texts, first_page, last_page, first_list, last_list from search_segment order by segment;
