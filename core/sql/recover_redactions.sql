insert into main.redaction (position, body_commit, by_position)
select position, body_commit, by_position from damaged.redaction
