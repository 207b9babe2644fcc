select first, last, hash from absent where last >= ?1 and first <= ?2 order by first
