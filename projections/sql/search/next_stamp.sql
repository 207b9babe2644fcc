update search_size set stamp = stamp + 1 returning stamp, coalesce((select max(segment) from search_segment), 0);
