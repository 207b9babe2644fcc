-- Hashes have no index: an event is seldom named so, and every append would pay for it.
select position, hash from event where hash >= ?1 and hash <= ?2 order by position limit 10
