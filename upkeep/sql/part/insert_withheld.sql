insert into withheld (position, body_commit) values (?1, ?2)
