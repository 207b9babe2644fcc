// The keys: the letters of the terminal UI. One table, from which the keyboard and the help are made.

import { useLayoutEffect } from "preact/hooks";
import type { Plain } from "./plain";
import { canWrite } from "./write";

export interface Binding {
  keys: readonly string[];
  about: Plain;
  screens: "all" | "session" | "list";
  /** Whether it changes something: then there is such a key only where changes are taken. */
  writes?: true;
}

export const KEYS = {
  next: { keys: ["ArrowRight", "l"], about: "the next event", screens: "all" },
  before: { keys: ["ArrowLeft", "h"], about: "the event before", screens: "all" },
  nextTurn: { keys: ["Shift+ArrowRight"], about: "the next turn", screens: "session" },
  turnBefore: { keys: ["Shift+ArrowLeft"], about: "this turn's beginning, or the turn before", screens: "session" },
  nextMessage: { keys: ["]"], about: "the next message", screens: "session" },
  messageBefore: { keys: ["["], about: "the message before", screens: "session" },
  nextError: { keys: ["e"], about: "the next error", screens: "session" },
  errorBefore: { keys: ["E"], about: "the error before", screens: "session" },
  first: { keys: ["Home"], about: "the first event", screens: "all" },
  last: { keys: ["End", "f"], about: "the head, and follow what comes", screens: "all" },
  play: { keys: [" "], about: "play from here, or stop", screens: "all" },
  faster: { keys: ["+"], about: "play twice as fast", screens: "all" },
  slower: { keys: ["-"], about: "play half as fast", screens: "all" },
  tenth: { keys: ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"], about: "that tenth of the way", screens: "all" },
  base: { keys: ["x"], about: "compare with this event; on it, no longer", screens: "session" },
  inspector: { keys: ["i"], about: "show or hide the inspector", screens: "session" },
  state: { keys: ["s"], about: "the state after the event", screens: "session" },
  diff: { keys: ["d"], about: "what changed", screens: "session" },
  blame: { keys: ["b"], about: "who last wrote what", screens: "session" },
  raw: { keys: ["r"], about: "the event as it was recorded", screens: "session" },
  files: { keys: ["p"], about: "the files that calls changed", screens: "session" },
  verify: { keys: ["V"], about: "verify the session against its hashes, or stop", screens: "session" },
  copyCommand: { keys: ["c"], about: "copy the command that gives the same view", screens: "all" },
  copyLink: { keys: ["y"], about: "copy the link to this moment", screens: "all" },
  export: { keys: ["X"], about: "export the session as one file", screens: "session" },
  json: { keys: ["."], about: "the data of this page", screens: "all" },
  goTo: { keys: ["g", ":"], about: "go to a point: r7, head-3, yesterday, mark:NAME", screens: "all" },
  filter: { keys: ["/"], about: "filter the list; in a session, find in it", screens: "all" },
  trace: { keys: ["="], about: "find where the value of an expression changes", screens: "session" },
  markForCompare: { keys: ["v"], about: "mark the chosen session; the second one is compared with it", screens: "list" },
  change: { keys: ["w"], about: "change the status", screens: "all", writes: true },
  tag: { keys: ["t"], about: "change the tags", screens: "all", writes: true },
  choose: { keys: ["W"], about: "choose the winner", screens: "session", writes: true },
  mark: { keys: ["m"], about: "mark this moment", screens: "session", writes: true },
  fork: { keys: ["F"], about: "fork the session at this event", screens: "session", writes: true },
  revert: { keys: ["R"], about: "make of the session what it was at this event", screens: "session", writes: true },
  undo: { keys: ["u"], about: "undo what was changed last on this page", screens: "all", writes: true },
  palette: { keys: ["Ctrl+k"], about: "find a session, or what to do", screens: "all" },
  help: { keys: ["?"], about: "this help", screens: "all" },
} as const satisfies Record<string, Binding>;

export type Action = keyof typeof KEYS;

/** The keys that there are, in the order of the help. */
export function keysNow(): [Action, Binding][] {
  const all = Object.entries(KEYS) as [Action, Binding][];
  return all.filter(([, binding]) => canWrite.value || binding.writes !== true);
}

export function nameOf(key: string): string {
  const names: Record<string, string> = { ArrowRight: "→", ArrowLeft: "←", "Shift+ArrowRight": "Shift →", "Shift+ArrowLeft": "Shift ←", " ": "Space", "Ctrl+k": "Ctrl K" };
  return names[key] ?? key;
}

/** Whether a key goes to something that is typed into, or into an input method. */
export function isTyped(event: KeyboardEvent): boolean {
  const { target } = event;
  if (event.isComposing || event.keyCode === 229) return true;
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(target.tagName) || target.closest("dialog") !== null;
}

/** What a key means; `undefined` where nobody listens to it. */
export function actionOf(event: KeyboardEvent): Action | undefined {
  if ((event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === "k") return "palette";
  if (event.ctrlKey || event.metaKey || event.altKey) return undefined;
  // What has the focus takes these itself.
  const { target } = event;
  if (event.key === " " && target instanceof HTMLElement && target.closest("button, a, summary") !== null) return undefined;
  const isNamed = event.key.length > 1;
  const key = isNamed && event.shiftKey ? `Shift+${event.key}` : event.key;
  for (const [action, binding] of Object.entries(KEYS) as [Action, Binding][]) {
    if (binding.keys.includes(key)) return binding.writes === true && !canWrite.peek() ? undefined : action;
  }
  return undefined;
}

/** Hears keys from when a part of the page is there until it goes: a key that comes after is not its. */
export function useKeys(press: (event: KeyboardEvent) => void, depends: readonly unknown[]): void {
  useLayoutEffect(() => {
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, depends);
}
