-- What arrives in a month that has no partition yet.
create table retold.body_other partition of retold.body default
