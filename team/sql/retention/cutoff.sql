-- The first day that is kept: of the month that is so many months before this one.
select (date_trunc('month', current_date) - make_interval(months => $1::integer))::date::text
