-- The versions of a session that were true up to a moment, the last first, and whether they are true at it. One that was never true
-- is passed over.
select v.status, v.from_position, v./*from*/, v./*to*/, v./*to*/ > /*moment*/
from {at}.session_version v
where v.stream = ?1 and v./*from*/ <= /*moment*/ and v./*from*/ < v./*to*/
order by v./*from*/ desc, v.from_position desc;
