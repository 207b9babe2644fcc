// The address is the state of the page: what is shown, and as of when.

import { signal } from "@preact/signals";
import { held } from "./file";

export interface Address {
  path: string;
  query: URLSearchParams;
}

function read(): Address {
  // A file has one address, and says what it shows after `#`.
  if (held !== null) return { path: sessionPath(held.head.session.full), query: new URLSearchParams(location.hash.slice(1)) };
  return { path: location.pathname, query: new URLSearchParams(location.search) };
}

export const address = signal<Address>(read());

addEventListener("popstate", () => {
  address.value = read();
});

/** Goes to an address of this page. */
export function go(to: string, how: "push" | "replace" = "push"): void {
  if (held !== null) {
    put(to);
    address.value = read();
    return;
  }
  if (how === "push") history.pushState(null, "", to);
  else history.replaceState(null, "", to);
  address.value = read();
}

/** Says in the address of a file what of it is shown. */
function put(to: string): void {
  try {
    history.replaceState(null, "", `#${to.split("?")[1] ?? ""}`);
  } catch {
    // Some browsers let no file do that: it is shown all the same.
  }
}

let settling: ReturnType<typeof setTimeout> | undefined;

/** Writes the address some time after the last change: browsers limit how often that may be done. */
export function settle(to: string): void {
  clearTimeout(settling);
  settling = setTimeout(() => {
    if (held !== null) {
      put(to);
      return;
    }
    history.replaceState(null, "", to);
  }, 300);
}

/** Returns a part of an address with everything escaped that would end it, also a last `.json`. */
export function part(text: string): string {
  const escaped = encodeURIComponent(text).replace(/[!'()*]/g, (letter) => `%${letter.charCodeAt(0).toString(16)}`);
  return escaped.replace(/\.json$/, "%2Ejson");
}

/** Returns an address with those parameters that hold something. */
export function withQuery(path: string, query: Record<string, string | number | null | undefined>): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== null && value !== undefined && value !== "") parameters.set(name, String(value));
  }
  const text = parameters.toString();
  return text === "" ? path : `${path}?${text}`;
}

/** Returns the address of a session's page, or of its data with an ending. */
export function sessionPath(name: string, ending = ""): string {
  return `/s/${part(name)}${ending}`;
}

export type Screen = { name: "sessions" } | { name: "board" } | { name: "search" | "metrics" | "compare" | "sources" } | { name: "session"; session: string } | { name: "nothing" };

/** Returns which screen a path is of. */
export function screenOf(path: string): Screen {
  if (path === "/" || path === "/sessions") return { name: "sessions" };
  if (path === "/board") return { name: "board" };
  for (const name of ["search", "metrics", "compare", "sources"] as const) if (path === `/${name}`) return { name };
  const session = /^\/s\/([^/]+)$/.exec(path)?.[1];
  if (session !== undefined) {
    try {
      return { name: "session", session: decodeURIComponent(session) };
    } catch {
      return { name: "nothing" };
    }
  }
  return { name: "nothing" };
}
