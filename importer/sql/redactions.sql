select count(*) from redaction
