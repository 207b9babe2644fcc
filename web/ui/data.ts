// The data that a screen shows, as an address.

import { withQuery } from "./address";
import { searchOf } from "./search";
import { filterOf } from "./sessions";

/** The address of the data of the page at an address. */
export function dataOf(path: string, query: URLSearchParams): string {
  const all = Object.fromEntries(query);
  switch (path) {
    case "/":
    case "/sessions":
    case "/board":
      return withQuery("/sessions.json", { ...filterOf(query), clock: query.get("clock") });
    case "/metrics": {
      const { what, ...rest } = all;
      return withQuery(what === "usage" ? "/usage.json" : "/metrics.json", rest);
    }
    case "/search":
      return withQuery("/search.json", searchOf(query));
    case "/compare":
    case "/sources":
      return withQuery(`${path}.json`, all);
    default:
      return withQuery(`${path}.json`, { at: query.get("at") });
  }
}
