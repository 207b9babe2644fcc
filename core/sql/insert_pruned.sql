insert into pruned (position, body_commit, by_position) values (?1, ?2, ?3)
