// What an instance wrote, as a terminal would show it, at the cursor.

import { signal } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { sessionPath, withQuery } from "./address";
import { lines } from "./ansi";
import type { Fields } from "./fold";
import type { Model } from "./model";
import { asProblem, get, isAbort, type Problem } from "./net";
import { Trouble } from "./parts";
import { line, size } from "./show";
import { s } from "./words";

interface Output {
  total: number;
  from: number;
  text: string;
  revision: number;
}

/** The most that is asked for at once, in bytes. */
const BYTES = 65_536;

export function bytesOf(instance: Fields | undefined): number {
  const output = instance?.output;
  if (typeof output === "object" && output !== null && !Array.isArray(output) && typeof output.$bytes === "number") return output.$bytes;
  return 0;
}

export function OutputPane({ model }: { model: Model }) {
  const chosen = useMemo(() => signal(0), [model]);
  const shown = useMemo(() => signal<Output | null>(null), [model]);
  const problem = useMemo(() => signal<Problem | null>(null), [model]);
  const box = useRef<HTMLDivElement>(null);
  model.folded.value;
  const instances = model.state?.instances ?? [];
  const index = Math.min(chosen.value, Math.max(0, instances.length - 1));
  const bytes = bytesOf(instances[index]);
  const cursor = model.cursor.value;
  const isThere = instances.length > 0;
  useEffect(() => {
    if (!isThere) return;
    const reading = new AbortController();
    const address = withQuery(sessionPath(model.session, `/output/${index}.json`), { at: `r${cursor}`, bytes: BYTES });
    // While the cursor runs only its last place is asked for.
    const wait = setTimeout(() => {
      get<Output>(address, reading.signal)
        .then((answer) => {
          shown.value = answer;
          problem.value = null;
        })
        .catch((error: unknown) => {
          if (!isAbort(error)) problem.value = asProblem(error);
        });
    }, 60);
    return () => {
      clearTimeout(wait);
      reading.abort();
    };
  }, [model, index, bytes, isThere]);
  const output = shown.value;
  const rows = useMemo(() => (output === null ? [] : lines(output.text)), [output]);
  useEffect(() => {
    const node = box.current;
    if (node !== null) node.scrollTop = node.scrollHeight;
  }, [rows]);
  const earlier = (): void => {
    if (output === null || output.from === 0) return;
    const from = Math.max(0, output.from - BYTES);
    const address = withQuery(sessionPath(model.session, `/output/${index}.json`), { at: `r${output.revision}`, from, bytes: output.from - from });
    get<Output>(address)
      .then((answer) => {
        shown.value = { ...output, from: answer.from, text: answer.text + output.text };
      })
      .catch((error: unknown) => {
        problem.value = asProblem(error);
      });
  };
  if (!isThere) return <p class="empty">{s("This session has no instance at this moment.")}</p>;
  return (
    <section class="output" aria-label={s("Output")}>
      <div class="chips" role="group" aria-label={s("Whose output")}>
        {instances.slice(0, 24).map((instance, nth) => (
          <button key={nth} type="button" aria-pressed={nth === index} onClick={() => (chosen.value = nth)}>
            #{String(instance?.instanceId ?? nth)} <span class="dim">{line(String(instance?.agentName ?? ""))}</span>
          </button>
        ))}
        <span class="end dim number">{size(bytes)}</span>
      </div>
      {problem.value !== null && <Trouble problem={problem.value} />}
      {bytes === 0 ? (
        <p class="empty">{s("Nothing was written yet.")}</p>
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls can be scrolled by keys
        <div class="terminal" ref={box} tabIndex={0} role="region" aria-label={s("Output")}>
          {output !== null && output.from > 0 && (
            <button type="button" class="quiet" onClick={earlier}>
              {size(output.from)} before this
            </button>
          )}
          {rows.map((pieces, nth) => (
            <div key={nth} class="line">
              {pieces.map((piece, at) => (
                <span key={at} class={piece.class}>
                  {piece.text}
                </span>
              ))}
              {"\n"}
            </div>
          ))}
        </div>
      )}
    </section>
  );
}
