-- Counts what a list could begin with, as far as that is few.
select count(*) from (select 1 from sessions s where /*conditions*/ limit :few)
