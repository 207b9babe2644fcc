select key from workspace order by key
