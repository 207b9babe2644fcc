// The part of the page that is read when somebody wants it: screens that no file holds, and what changes a session.

export { BlamePane, DiffPane } from "./between";
export { BoardScreen } from "./board";
export { ChangeSheet } from "./change";
export { FindChanges } from "./changes";
export { CompareScreen } from "./compare";
export { DoneBar } from "./done";
export { Entrance } from "./entrance";
export { ExportSheet } from "./export";
export { FilesPane } from "./files";
export { GoTo } from "./goto";
export { MetricsScreen } from "./metrics";
export { Palette } from "./palette";
export { SearchScreen } from "./search";
export { SourcesScreen } from "./sources";
