drop index event_of_folder;
drop table withheld;
drop table absent;
drop table part;
