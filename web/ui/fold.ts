// A session's state, led from event to event by patches that are applied and undone. What an event means is the server's business: here
// are four kinds of changes, and their reverse.

import type { Json } from "./net";

export type Fields = { [key: string]: Json };

export interface Patch {
  in: "own" | "instances" | "chatHistory";
  at?: number;
  key?: string;
  op: "set" | "extend" | "insert" | "remove";
  /** Missing where there was no such key. */
  old?: Json;
  /** Missing where there is no such key. */
  new?: Json;
  old_bytes?: number | null;
  bytes?: number;
}

export interface Step {
  revision: number;
  position: number;
  patches: Patch[];
}

/** A state. An element of a list that nobody needed yet is not known. */
export interface State {
  own: Fields | null;
  instances: (Fields | undefined)[];
  chatHistory: (Fields | undefined)[];
}

/** A state as the server gives it. */
export interface Given {
  own: Fields;
  instances: Fields[];
  instance_count: number;
  message_count: number;
}

export function stateOf(given: Given | null): State {
  if (given === null) return { own: null, instances: [], chatHistory: [] };
  const instances: (Fields | undefined)[] = given.instances.map(copy);
  instances.length = given.instance_count;
  const chatHistory: (Fields | undefined)[] = [];
  chatHistory.length = given.message_count;
  return { own: copy(given.own), instances, chatHistory };
}

// Keys come from anywhere, `__proto__` among them: objects here inherit nothing.
function copy(fields: Fields): Fields {
  return Object.assign(Object.create(null) as Fields, fields);
}

function lengthOf(value: Json | undefined): number {
  if (typeof value === "object" && value !== null && !Array.isArray(value) && typeof value.$bytes === "number") return value.$bytes;
  return 0;
}

function put(fields: Fields, key: string, value: Json | undefined): void {
  if (value === undefined) delete fields[key];
  else fields[key] = value;
}

function target(state: State, patch: Patch): Fields | undefined {
  return patch.in === "own" ? (state.own ?? undefined) : state[patch.in][patch.at ?? 0];
}

export function apply(state: State, patch: Patch): void {
  switch (patch.op) {
    case "set": {
      const fields = target(state, patch);
      if (fields !== undefined && patch.key !== undefined) put(fields, patch.key, patch.new);
      return;
    }
    case "extend": {
      const fields = target(state, patch);
      if (fields !== undefined && patch.key !== undefined) {
        fields[patch.key] = { $bytes: lengthOf({ $bytes: patch.old_bytes ?? 0 }) + (patch.bytes ?? 0) };
      }
      return;
    }
    case "insert":
      if (patch.in === "own") state.own = copy((patch.new ?? {}) as Fields);
      else state[patch.in].splice(patch.at ?? 0, 0, copy((patch.new ?? {}) as Fields));
      return;
    case "remove":
      if (patch.in !== "own") state[patch.in].splice(patch.at ?? 0, 1);
  }
}

export function undo(state: State, patch: Patch): void {
  switch (patch.op) {
    case "set": {
      const fields = target(state, patch);
      if (fields !== undefined && patch.key !== undefined) put(fields, patch.key, patch.old);
      return;
    }
    case "extend": {
      const fields = target(state, patch);
      if (fields !== undefined && patch.key !== undefined) {
        fields[patch.key] = patch.old_bytes === null || patch.old_bytes === undefined ? null : { $bytes: patch.old_bytes };
      }
      return;
    }
    case "insert":
      if (patch.in === "own") state.own = null;
      else state[patch.in].splice(patch.at ?? 0, 1);
      return;
    case "remove":
      if (patch.in !== "own") state[patch.in].splice(patch.at ?? 0, 0, copy((patch.old ?? {}) as Fields));
  }
}

export function forward(state: State, step: Step): void {
  for (const patch of step.patches) apply(state, patch);
}

export function back(state: State, step: Step): void {
  for (let at = step.patches.length - 1; at >= 0; at -= 1) undo(state, step.patches[at] as Patch);
}
