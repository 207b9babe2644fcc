select made, stamp from search_size;
