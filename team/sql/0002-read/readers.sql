-- Whoever ships reads what was shipped, as far as rows and functions allow.
grant retold_reader to retold_shipper
