select workspace, source, tool, name, form, role, found_at, kept_at, bytes, file_bytes, stamp, records
from sources where :tool is null or tool = :tool order by tool, name
