select corrected from {at}.stream_state where stream = ?1
