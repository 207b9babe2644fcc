select hash from blob order by hash
