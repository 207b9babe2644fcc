-- How often a word is in a text. With equal weights the rank of one word is 1 + 1/4 + 1/9 + … for as many terms as it is there, divided by what
-- all of them would come to; what is missing of that says how many there were. Of the beginning of a word, where more than one begins so, about.
create function retold.times(words tsvector, word tsquery) returns double precision immutable language sql set search_path = pg_catalog as $$
    select case when r.sum < 1.642 then round(1 / (1.6449340668482264 - r.sum) - 0.5) else round(r.sum) end
    from (select ts_rank('{1,1,1,1}', words, word)::double precision * 1.64493406685 as sum) r
$$
