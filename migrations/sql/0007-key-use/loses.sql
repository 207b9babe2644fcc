-- What going down would lose: what keys were used for.
select count(*) from commit_key where digest is not null
