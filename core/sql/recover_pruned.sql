insert into main.pruned (position, body_commit, by_position)
select position, body_commit, by_position from damaged.pruned
