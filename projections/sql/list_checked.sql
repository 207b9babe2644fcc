select id from temp.checked order by id
