select id, redactions from log
