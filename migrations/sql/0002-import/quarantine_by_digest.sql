-- Serves the importer: the same bytes from the same source are kept once.
create unique index quarantine_by_digest on quarantine (source, digest, offset);
