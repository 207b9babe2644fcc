select quarter from usage_sums where quarter <= ?1 and (?2 is null or workspace = ?2) order by quarter desc
