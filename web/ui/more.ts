// The part of the page that is read when somebody wants it: screens that no file holds, and what changes a session.

export { ChangeSheet } from "./change";
export { CompareScreen } from "./compare";
export { MetricsScreen } from "./metrics";
export { Palette } from "./palette";
export { SearchScreen } from "./search";
export { SourcesScreen } from "./sources";
