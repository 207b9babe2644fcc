// The session as one file: how much of it, what it leaves out, and what is masked in it, to be looked through before it is saved.

import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { sessionPath, withQuery } from "./address";
import { dataIn } from "./file";
import { type Place, Places, placesOf } from "./masked";
import type { Model } from "./model";
import { asProblem, get, isAbort, type Problem } from "./net";
import { Sheet, Trouble } from "./parts";
import { useAsking } from "./read";
import { count, line, size } from "./show";
import { s } from "./words";

interface Answer {
  events: number;
  left_out: number;
  bytes: number;
  file: string;
}

/** A file that was made, with what there is to know of it before it goes to somebody. */
interface Made {
  events: number;
  leftOut: number;
  bytes: number;
  places: Place[];
  address: string;
}

const PARTS = [
  ["outputs", "what agents wrote"],
  ["results", "what tools returned"],
  ["thoughts", "what the model thought"],
] as const;

export function ExportSheet({ model, close }: { model: Model; close: () => void }) {
  const asking = useAsking();
  const isPast = model.isPast.peek();
  const isToCursor = useSignal(isPast);
  const without = useSignal<readonly string[]>([]);
  const made = useSignal<Made | null>(null);
  const isMaking = useSignal(false);
  const problem = useSignal<Problem | null>(null);
  const held = useRef<string | null>(null);
  const letGo = (): void => {
    if (held.current !== null) URL.revokeObjectURL(held.current);
    held.current = null;
  };
  useEffect(() => letGo, []);
  /** What was made is of what was chosen then. */
  const choose = (change: () => void): void => {
    change();
    asking.end();
    letGo();
    isMaking.value = false;
    made.value = null;
    problem.value = null;
  };
  const make = async (): Promise<void> => {
    const signal = asking.begin();
    isMaking.value = true;
    problem.value = null;
    const name = model.name.peek()?.full ?? model.session;
    const address = withQuery(`${sessionPath(name)}/export.json`, {
      at: isToCursor.peek() ? `r${model.cursor.peek()}` : null,
      without: without.peek().length === 0 ? null : without.peek().join(","),
    });
    try {
      const answer = await get<Answer>(address, signal);
      const places = placesOf(dataIn(answer.file)?.events ?? []);
      held.current = URL.createObjectURL(new Blob([answer.file], { type: "text/html" }));
      made.value = { events: answer.events, leftOut: answer.left_out, bytes: answer.bytes, places, address: held.current };
      isMaking.value = false;
    } catch (error) {
      if (isAbort(error)) return;
      problem.value = asProblem(error);
      isMaking.value = false;
    }
  };
  const file = made.value;
  const fileName = `${(model.name.value?.short ?? "session").replace(/[^A-Za-z0-9._-]+/g, "-")}.html`;
  return (
    <Sheet title={s("Export as one file")} close={close} isWide>
      <form
        class="export"
        onSubmit={(event) => {
          event.preventDefault();
          void make();
        }}
      >
        <p class="dim">{s("A page that plays the session without a server and sends no request. Secrets are masked; `retold extract` gives its events back.")}</p>
        {isPast && (
          <fieldset>
            <legend>{s("How much")}</legend>
            <label>
              <input type="radio" name="until" checked={isToCursor.value} onChange={() => choose(() => (isToCursor.value = true))} />{" "}
              {s("up to r{}, where you are", model.cursor.peek())}
            </label>
            <label>
              <input type="radio" name="until" checked={!isToCursor.value} onChange={() => choose(() => (isToCursor.value = false))} /> {s("all of it")}
            </label>
          </fieldset>
        )}
        <fieldset>
          <legend>{s("Leave out")}</legend>
          {PARTS.map(([part, name]) => (
            <label key={part}>
              <input
                type="checkbox"
                checked={without.value.includes(part)}
                onChange={({ currentTarget: { checked } }) => choose(() => (without.value = [...without.peek().filter((one) => one !== part), ...(checked ? [part] : [])]))}
              />{" "}
              {s(name)}
            </label>
          ))}
        </fieldset>
        {file === null && (
          <button type="submit" disabled={isMaking.value} aria-busy={isMaking.value}>
            {isMaking.value ? s("It is being made…") : s("Look through it")}
          </button>
        )}
      </form>
      {problem.value !== null && <Trouble problem={problem.value} retry={() => void make()} />}
      {file !== null && (
        <section class="made" aria-label={s("The file")}>
          <p role="status">
            {count(file.events, "event")}, {size(file.bytes)}
            {file.leftOut > 0 && ` · ${s("{} without what was said", count(file.leftOut, "event"))}`}
          </p>
          <a href={file.address} download={fileName}>
            {s("Save {}", line(fileName))}
          </a>
          <h3>{s("What is masked")}</h3>
          <Places places={file.places} close={close} />
        </section>
      )}
    </Sheet>
  );
}
