// Requests to the server that this page came from, and what it answers.

import { answerOf, held } from "./file";

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

export interface AsOf {
  position: number;
  hash: string;
  view: string;
  clock?: string;
  moment?: string;
}

export interface Basis {
  as_of: AsOf;
}

/** What the server could not answer, in the words of the command line. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly hint: string | null,
    readonly details: string[] = [],
    /** What there is now, where somebody else was faster. */
    readonly now: { revision?: number } | null = null,
  ) {
    super(message);
  }
}

const OFFLINE = "the server does not answer";
const STARTS = "`retold ui` or `retold serve` starts it";

async function problemOf(response: Response): Promise<Problem> {
  try {
    const told = (await response.json()) as { detail?: string; hint?: string | null; details?: string[]; now?: { revision?: number } | null };
    return new Problem(response.status, told.detail ?? response.statusText, told.hint ?? null, told.details ?? [], told.now ?? null);
  } catch {
    return new Problem(response.status, response.statusText || `status ${response.status}`, null);
  }
}

/** Reads an address of this server. Once its signal is aborted it ends with that: neither an answer nor a problem of it comes late. */
export async function get<T>(address: string, signal?: AbortSignal): Promise<T> {
  if (held !== null) {
    const answer = answerOf(held, address);
    if (answer === undefined) throw new Problem(404, "this file does not hold that", "`retold ui` shows it");
    return answer as T;
  }
  let response: Response;
  try {
    response = await fetch(address, { credentials: "same-origin", ...(signal ? { signal } : {}) });
  } catch {
    signal?.throwIfAborted();
    throw new Problem(0, OFFLINE, STARTS);
  }
  const answer = response.ok ? ((await response.json()) as T) : await problemOf(response);
  signal?.throwIfAborted();
  if (answer instanceof Problem) throw answer;
  return answer;
}

/** Sends a change, which is made once for its key. */
export async function post<T>(address: string, body: object, key: string): Promise<T> {
  let response: Response;
  try {
    response = await fetch(address, {
      method: "POST",
      credentials: "same-origin",
      headers: { "content-type": "application/json", "idempotency-key": key },
      body: JSON.stringify(body),
    });
  } catch {
    throw new Problem(0, OFFLINE, STARTS);
  }
  if (!response.ok) throw await problemOf(response);
  return (await response.json()) as T;
}

/** Trades the token in the address for a cookie, and takes it out of the address before anything else happens. */
export async function enter(): Promise<void> {
  const token = /^#t=([\w-]{20,200})$/.exec(location.hash)?.[1];
  if (token === undefined) return;
  history.replaceState(history.state, "", location.pathname + location.search);
  await bring(token);
}

/** Trades a token for a cookie. */
export async function bring(token: string): Promise<void> {
  let response: Response;
  try {
    response = await fetch("/enter", {
      method: "POST",
      credentials: "same-origin",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ token }),
    });
  } catch {
    throw new Problem(0, OFFLINE, STARTS);
  }
  if (!response.ok) throw await problemOf(response);
}

export function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === "AbortError";
}

/** What one part of the page asks for now: who asks again, or goes, lets go of what was asked before, and hears nothing of it. */
export class Asking {
  private now: AbortController | null = null;

  /** Begins; the signal holds until the next one begins, or none. */
  begin(): AbortSignal {
    this.end();
    this.now = new AbortController();
    return this.now.signal;
  }

  readonly end = (): void => {
    this.now?.abort();
    this.now = null;
  };

  /** Reads an address. */
  ask<T>(address: string, take: (answer: T) => void, refuse: (problem: Problem) => void): void {
    get<T>(address, this.begin()).then(take, (error: unknown) => {
      if (!isAbort(error)) refuse(asProblem(error));
    });
  }
}

export function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  return new Problem(0, error instanceof Error ? error.message : String(error), null);
}
