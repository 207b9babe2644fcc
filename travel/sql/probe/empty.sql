delete from session;
delete from instances;
delete from messages;
