select revision, position, hash, digest, head
from keyframe where stream = ?1 and revision <= ?2 and revision > ?3 order by revision desc limit 1
