// Changes of sessions, where the server takes them: each is sent once, with what the reader has seen, and can be taken back.

import { signal } from "@preact/signals";
import { sessionPath } from "./address";
import { quoted } from "./command";
import type { Happened, Name } from "./model";
import { asProblem, type Basis, get, type Problem, post } from "./net";
import { t } from "./words";

export interface Mark {
  name: string;
  position: number;
}

/** Whether this server takes changes. Until that is known, it does not. */
export const canWrite = signal(false);
export const marks = signal<Mark[]>([]);
/** What the team's server is called that is shown; `null` where it is a store. */
export const team = signal<string | null>(null);

export async function readPage(): Promise<void> {
  try {
    const page = await get<{ writes: boolean; marks: Mark[]; team?: string }>("/page.json");
    canWrite.value = page.writes;
    marks.value = page.marks;
    team.value = page.team ?? null;
  } catch (error) {
    if (asProblem(error).status === 401) throw error;
    // An older server, or none: nothing is offered.
  }
}

/** A command that says the same of the team's server, where one is shown. */
export function ofTeam(command: string): string {
  return team.value === null ? command : command.replace(/^retold /, `retold --store ${quoted(team.value)} `);
}

/** What may be changed: a session, as it is seen. */
export interface Subject {
  name: Name;
  task: string;
  /** The last event that the reader has seen. */
  revision: number;
  status: string;
  tags: string[];
  /** What a session's own page knows besides. */
  more?: { at: number; happened: Happened | null; position: number | null; winner: number | null; candidates: Candidate[] };
}

export interface Candidate {
  number: number;
  agent: string;
  status: string;
  runtime: string;
  minutes: number | null;
  files: number | null;
  added: number | null;
  deleted: number | null;
  output: number;
}

export type Part = "status" | "tags" | "winner" | "mark" | "fork" | "revert";

/** What is being changed, and at which part of it the reader begins. */
export const changing = signal<{ subject: Subject; part: Part } | null>(null);

/** What was done last, in words, and how it is taken back. */
export interface Done {
  said: string;
  undo: (() => Promise<void>) | null;
}

export const done = signal<Done | null>(null);
export const failed = signal<Problem | null>(null);

export interface Changed extends Basis {
  session?: Name;
  revision?: number;
  operation: { id: string; kind: string; events: number } | null;
}

/** A key that a change is made once with. */
export function drawKey(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

const sending = new Set<string>();

/** Sends a change; `null` where the same one is on its way. */
async function send<T>(path: string, body: object, key: string): Promise<T | null> {
  if (sending.has(key)) return null;
  sending.add(key);
  try {
    return await post<T>(path, body, key);
  } finally {
    sending.delete(key);
  }
}

function finish(said: string, changed: Changed): void {
  failed.value = null;
  const operation = changed.operation?.id ?? null;
  done.value = { said: operation === null ? t().isSoAlready : said, undo: operation === null ? null : () => takeBack(said, operation) };
}

/** Changes a session; throws what the server says against it. */
export async function change(name: Name, what: string, body: object, key: string, said: string): Promise<Changed | null> {
  const changed = await send<Changed>(sessionPath(name.full, `/${what}`), body, key);
  if (changed !== null) finish(said, changed);
  return changed;
}

async function takeBack(said: string, operation: string): Promise<void> {
  done.value = null;
  try {
    // The same click twice is the same key.
    const changed = await send<Changed>("/undo", { operation }, `undo-${operation}`);
    if (changed !== null) finish(t().undid(said), changed);
  } catch (error) {
    failed.value = asProblem(error);
  }
}

/** Takes back what was done last on this page. */
export function undoLast(): void {
  const known = done.peek();
  if (known?.undo === null || known?.undo === undefined) {
    done.value = { said: t().nothingToUndo, undo: null };
    return;
  }
  void known.undo();
}

/** Gives a moment a name, or takes one away; throws what the server says against it. */
export async function mark(name: string, position: number | null, isDeleted: boolean, key: string): Promise<Changed | null> {
  const changed = await send<Changed>("/marks", { name, ...(position === null ? {} : { position }), ...(isDeleted ? { delete: true } : {}) }, key);
  if (changed === null) return null;
  failed.value = null;
  done.value = {
    said: isDeleted ? t().unmarked(name) : t().marked(name),
    undo: isDeleted
      ? null
      : async () => {
          try {
            await mark(name, null, true, drawKey());
          } catch (error) {
            failed.value = asProblem(error);
          }
        },
  };
  await readPage();
  return changed;
}

/** Gives a session a status. */
export function setStatus({ name, revision, status }: Pick<Subject, "name" | "revision" | "status">, to: string, key: string): Promise<Changed | null> {
  return change(name, "status", { expect: revision, status: to }, key, t().movedTo(name.short, status, to));
}
