// The data that a screen shows, as an address.

import { withQuery } from "./address";
import { filterOf } from "./sessions";

/** What of an address a search is made of. */
const SEARCHED = ["q", "session", "what", "role", "agent", "type", "status", "workspace", "tag"];

export function searchOf(query: URLSearchParams): Record<string, string | null> {
  return Object.fromEntries(SEARCHED.map((name) => [name, query.get(name)]));
}

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
