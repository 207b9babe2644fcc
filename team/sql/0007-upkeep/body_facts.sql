-- What is kept of months whose content was retired: bodies that say facts. They are received before all months.
create table retold.body_facts partition of retold.body for values from (minvalue) to ('0002-01-01')
