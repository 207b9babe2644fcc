-- The words of each text, by the position of the event that brought it. The text itself is in the log alone.
create virtual table search_text using fts5 (
    text, content = '', contentless_delete = 1, tokenize = 'unicode61 remove_diacritics 2'
);
