select exists (select 1 from {at}.stream_state where corrected)
