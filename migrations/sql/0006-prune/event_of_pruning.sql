-- Serves whoever asks which sessions were pruned, and whether anything was since: few events are of these types.
create index event_of_pruning on event (type) where type in (20, 21);
