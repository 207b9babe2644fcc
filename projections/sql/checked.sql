create temp table checked (id integer primary key) strict
