select count(*) from redaction;
