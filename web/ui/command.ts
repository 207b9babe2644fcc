// The command that gives on a terminal what a list shows.

import type { Screen } from "./address";
import { microsOf, pointOf } from "./past";

/** A word of a command line, quoted where a shell would read something else. */
export function quoted(text: string): string {
  return /^[\p{L}\p{N}/_.:@=,+-]+$/u.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** Returns the command of a screen; `undefined` for one that says it itself, or that there is none for. */
export function commandOf(screen: Screen, query: URLSearchParams): string | undefined {
  const parts: string[] = [];
  const option = (name: string, of = name): void => {
    const value = query.get(of);
    if (value) parts.push(`--${name}`, quoted(value));
  };
  switch (screen.name) {
    case "sessions":
    case "board":
      parts.push("retold sessions");
      for (const name of ["status", "type", "workspace", "tag", "at"]) option(name);
      option("search", "q");
      parts.push("--flat", "--sort", query.get("sort") ?? "updated");
      return parts.join(" ");
    case "search": {
      const words = query.get("q");
      if (!words) return undefined;
      parts.push("retold search", quoted(words));
      for (const name of ["session", "workspace", "type", "status", "tag", "what", "role", "agent"]) option(name);
      return parts.join(" ");
    }
    case "metrics": {
      const at = query.get("at");
      if (query.get("what") !== "usage") {
        // As of a moment sessions are summed up here alone.
        if (at !== null) return undefined;
        parts.push("retold metrics");
        for (const name of ["by", "clock"]) option(name);
        return parts.join(" ");
      }
      parts.push("retold usage");
      option("by");
      if (at !== null) {
        // What was used at the moment counts here; `--until` leaves out its end.
        const micros = microsOf(at);
        parts.push("--until", quoted(micros === null ? at : pointOf("occurred", micros + 1)));
      }
      return parts.join(" ");
    }
    case "sources":
      parts.push("retold sources --all");
      option("tool");
      return parts.join(" ");
    case "compare": {
      const [a, b] = [query.get("a"), query.get("b")];
      if (!a || !b) return undefined;
      parts.push("retold compare", quoted(a), quoted(b));
      option("at");
      return parts.join(" ");
    }
    default:
      return undefined;
  }
}
