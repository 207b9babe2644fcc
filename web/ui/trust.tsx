// How far the session is verified: what is known to be as its hashes say, what is not, and reading on, a step a request.

import { signal } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { sessionPath, withQuery } from "./address";
import { actionOf, isTyped, useKeys } from "./keys";
import type { Model } from "./model";
import { Asking, asProblem, get, isAbort, type Problem } from "./net";
import { Trouble } from "./parts";
import { ago, count, instant, line } from "./show";
import { s } from "./words";

export interface Fault {
  fault: string;
  position: number;
  /** Which event of the session it is, where it is one of its. */
  revision: number | null;
  /** The last event of the session before it: up to there the session is proven. */
  sound: number;
  /** How many of its kind the whole log has, as far as it was read. */
  count_in_log: number;
}

export interface Verified {
  /** The last position that was read, and the last event of the session up to there. */
  through: number;
  verified: number;
  revisions: number;
  /** The position of the session's last event. */
  end: number;
  /** When the last of it was read, in microseconds since 1970. */
  verified_at: number | null;
  /** Whether somebody else reads on just now: then this question read nothing. */
  busy: boolean;
  rows: Fault[];
}

/** How long to wait for somebody else's step, in milliseconds. */
const BUSY = 150;

export interface Strip {
  /** What is drawn, from 0 to 1: sound up to here, and read, but after a fault, up to there. */
  sound: number;
  read: number;
  state: "unknown" | "part" | "sound" | "damaged";
}

/** Returns how far the strip is of each kind. Nothing after the first fault is proven. */
export function stripOf(known: Verified | null, last: number): Strip {
  if (known === null || known.verified_at === null) return { sound: 0, read: 0, state: "unknown" };
  const of = (revision: number): number => (last < 1 ? 0 : Math.min(1, Math.max(0, revision / last)));
  const read = of(known.verified);
  if (known.rows.length === 0) return { sound: read, read, state: known.verified >= last ? "sound" : "part" };
  // A fault of another session's event, too: what the log has after it goes on from it.
  return { sound: of(Math.min(...known.rows.map((row) => row.sound))), read, state: "damaged" };
}

/** Says in words what the strip shows. */
export function toldOf(known: Verified | null, last: number): string {
  const { state } = stripOf(known, last);
  if (known === null || state === "unknown") return s("Not verified yet");
  if (state === "sound") return s("Verified to the end, r{}", last);
  if (state === "part") return known.verified === 0 ? s("No event of it is verified yet") : s("Verified to r{} of {}", known.verified, last);
  return s("Damaged: {}", known.rows.length === 1 ? s("1 kind of fault") : s("{} kinds of faults", known.rows.length));
}

const GLYPHS = { unknown: "○", part: "◐", sound: "✓", damaged: "✕" } as const;

/** The strip, and what reads on. Leaving the page stops it. */
export function Trust({ model }: { model: Model }) {
  const known = useMemo(() => signal<Verified | null>(null), [model]);
  const running = useMemo(() => signal(false), [model]);
  const problem = useMemo(() => signal<Problem | null>(null), [model]);
  // Who reads on no longer waits for how far it was.
  const asking = useMemo(() => new Asking(), [model]);
  const path = sessionPath(model.session, "/verify.json");
  const last = model.last.value;

  useEffect(() => {
    asking.ask<Verified>(
      path,
      (answer) => {
        known.value = answer;
      },
      (refused) => {
        problem.value = refused;
      },
    );
    return asking.end;
  }, [asking, path]);

  const verify = async (): Promise<void> => {
    if (running.peek()) {
      asking.end();
      running.value = false;
      return;
    }
    const going = asking.begin();
    running.value = true;
    problem.value = null;
    const before = known.peek();
    // What is verified to its end is read again; so is what is damaged, for it may be mended.
    let read = before === null || before.rows.length > 0 || before.through >= before.end ? "again" : "on";
    try {
      for (;;) {
        const answer = await get<Verified>(withQuery(path, { read }), going);
        if (answer.busy) {
          known.value = answer;
          await new Promise((resolve) => setTimeout(resolve, BUSY));
          continue;
        }
        const isOn = answer.through < answer.end && (read === "again" || answer.through > (known.peek()?.through ?? 0));
        known.value = answer;
        read = "on";
        if (!isOn) break;
      }
    } catch (error) {
      if (isAbort(error)) return;
      problem.value = asProblem(error);
    }
    running.value = false;
  };

  const latest = useRef(verify);
  latest.current = verify;
  useKeys((event) => {
    if (isTyped(event) || event.defaultPrevented || actionOf(event) !== "verify") return;
    event.preventDefault();
    void latest.current();
  }, []);

  const now = known.value;
  const { sound, read, state } = stripOf(now, last);
  const isRunning = running.value;
  const isReading = isRunning && now !== null && now.through < now.end;
  const told = toldOf(now, last);
  const at = now?.verified_at ?? null;
  const percent = (part: number): string => `${(part * 100).toFixed(3)}%`;
  return (
    <section class={`trust ${state}`} aria-label={s("Verification")}>
      <span class="told" role="status">
        <span class="glyph" aria-hidden="true">
          {GLYPHS[state]}
        </span>
        <span title={at === null ? undefined : instant(at / 1000)}>
          {isReading ? s("Verifying: {} of {}", now.through.toLocaleString("en"), count(now.end, "event")) : told}
          {!isReading && at !== null && <span class="dim"> · {ago(at / 1000, Date.now())}</span>}
        </span>
      </span>
      <div class="strip" aria-hidden="true">
        <div class="sound" style={{ width: percent(sound) }} />
        <div class="after" style={{ left: percent(sound), width: percent(Math.max(0, read - sound)) }} />
        {now?.rows.map(({ fault, revision }) => revision !== null && <div key={fault} class="fault" style={{ left: percent((revision - 0.5) / Math.max(1, last)) }} />)}
      </div>
      <button type="button" class="quiet" onClick={() => void verify()}>
        {isRunning ? s("Stop") : state === "sound" || state === "damaged" ? s("Verify again") : s("Verify")} <kbd>V</kbd>
      </button>
      {now !== null && now.rows.length > 0 && (
        <ul class="faults">
          {now.rows.map(({ fault, position, revision, count_in_log: number }) => (
            <li key={fault}>
              {revision === null ? (
                <span class="number">{s("position {}", position)}</span>
              ) : (
                <button type="button" class="quiet number" onClick={() => model.moveTo(revision)}>
                  r{revision}
                </button>
              )}{" "}
              {line(fault)}
              {number > 1 && <span class="dim"> · {s("{} in the log", number)}</span>}
            </li>
          ))}
          <li class="dim">{s("`retold verify` reads all of it; `retold store recover STORE NEW` saves what still verifies.")}</li>
        </ul>
      )}
      {problem.value !== null && <Trouble problem={problem.value} />}
    </section>
  );
}
