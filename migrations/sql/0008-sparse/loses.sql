-- What going down would lose: what makes a part of a log verify.
select (select count(*) from part) + (select count(*) from absent) + (select count(*) from withheld)
