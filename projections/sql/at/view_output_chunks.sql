create temp view output_chunks as select stream, instance, ordinal, position, bytes from main.output_chunks;
