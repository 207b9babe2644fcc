select kind, marks from search_kind;
