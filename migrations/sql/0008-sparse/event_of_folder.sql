-- Serves whoever asks which repositories folders are of: few events say so.
create index event_of_folder on event (position) where type = 38;
