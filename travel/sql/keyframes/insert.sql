insert or replace into keyframe (stream, revision, position, hash, digest, head) values (?1, ?2, ?3, ?4, ?5, ?6)
