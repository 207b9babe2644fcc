drop table mark;
