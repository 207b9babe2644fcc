-- For search_1. That every word begins with the tenant keeps the lists of one tenant apart from those of the others.
create index search_by_words on retold.search using gin (words)
