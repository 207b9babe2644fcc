// What an instance wrote, as a terminal would show it, at the cursor.

import { signal } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { sessionPath, withQuery } from "./address";
import { lines } from "./ansi";
import type { Fields } from "./fold";
import type { Model } from "./model";
import { Asking, type Problem } from "./net";
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
  /** What was read, and of which instance: that of another one is not shown in its place. */
  const shown = useMemo(() => signal<{ of: number; output: Output } | null>(null), [model]);
  const problem = useMemo(() => signal<Problem | null>(null), [model]);
  const asking = useMemo(() => new Asking(), [model]);
  const box = useRef<HTMLDivElement>(null);
  model.folded.value;
  const instances = model.state?.instances ?? [];
  const index = Math.min(chosen.value, Math.max(0, instances.length - 1));
  const bytes = bytesOf(instances[index]);
  const cursor = model.cursor.value;
  const isThere = instances.length > 0;
  const read = (address: string, outputOf: (answer: Output) => Output): void =>
    asking.ask<Output>(
      address,
      (answer) => {
        shown.value = { of: index, output: outputOf(answer) };
        problem.value = null;
      },
      (refused) => {
        problem.value = refused;
      },
    );
  useEffect(() => {
    if (!isThere) return;
    const address = withQuery(sessionPath(model.session, `/output/${index}.json`), { at: `r${cursor}`, bytes: BYTES });
    // While the cursor runs only its last place is asked for.
    const wait = setTimeout(() => read(address, (answer) => answer), 60);
    return () => {
      clearTimeout(wait);
      asking.end();
    };
  }, [model, index, bytes, isThere]);
  const output = shown.value?.of === index ? shown.value.output : null;
  const rows = useMemo(() => (output === null ? [] : lines(output.text)), [output]);
  useEffect(() => {
    const node = box.current;
    if (node !== null) node.scrollTop = node.scrollHeight;
  }, [rows]);
  const earlier = (): void => {
    if (output === null || output.from === 0) return;
    const from = Math.max(0, output.from - BYTES);
    const address = withQuery(sessionPath(model.session, `/output/${index}.json`), { at: `r${output.revision}`, from, bytes: output.from - from });
    read(address, (answer) => ({ ...output, from: answer.from, text: answer.text + output.text }));
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
