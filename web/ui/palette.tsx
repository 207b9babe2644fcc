// The palette: screens, sessions, moments and every key, found by what they are called.

import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { go, sessionPath, withQuery } from "./address";
import { keysNow, nameOf } from "./keys";
import type { SessionRow } from "./list";
import { Sheet } from "./parts";
import { useAsking } from "./read";
import { line } from "./show";
import { s, say } from "./words";
import { team } from "./write";

interface Choice {
  what: string;
  name: string;
  hint: string;
  run: () => void;
}

export const SCREENS = [
  ["/board", "Board"],
  ["/sessions", "Sessions"],
  ["/search", "Search"],
  ["/metrics", "Metrics"],
  ["/metrics?what=usage", "Tokens and cost"],
  ["/compare", "Compare two sessions"],
  ["/sources", "Sources"],
] as const;
/** What a team's server answers. */
const OF_TEAMS: readonly string[] = ["/board", "/sessions", "/search"];
const CHOICES_MAX = 12;

/** Whether the letters of a query are in a name, in order; fewer between them are better. */
export function fit(query: string, name: string): number {
  const text = name.toLowerCase();
  let at = -1;
  let gaps = 0;
  for (const letter of query.toLowerCase().replace(/\s+/g, "")) {
    const next = text.indexOf(letter, at + 1);
    if (next < 0) return Number.POSITIVE_INFINITY;
    gaps += at < 0 ? next / 100 : next - at - 1;
    at = next;
  }
  return gaps;
}

export function Palette({ close, isOfSession }: { close: () => void; isOfSession: boolean }) {
  const text = useSignal("");
  /** The sessions found, and the words that they answer: those of other words would put themselves under the finger. */
  const found = useSignal<{ of: string; rows: SessionRow[] }>({ of: "", rows: [] });
  const chosen = useSignal(0);
  const list = useRef<HTMLDivElement>(null);
  const asking = useAsking();
  useEffect(() => {
    const asked = text.value.trim();
    const wait = setTimeout(
      () =>
        asking.ask<{ rows: SessionRow[] }>(
          withQuery("/sessions.json", { q: asked, n: 6 }),
          ({ rows }) => {
            found.value = { of: asked, rows };
          },
          () => {},
        ),
      asked === "" ? 0 : 80,
    );
    return () => {
      asking.end();
      clearTimeout(wait);
    };
  }, [text.value]);
  const asked = text.value.trim();
  const sessions = found.value.of === asked ? found.value.rows : [];
  const press = (key: string): void => {
    const isShifted = key.startsWith("Shift+");
    document.body.dispatchEvent(new KeyboardEvent("keydown", { key: key.replace("Shift+", ""), shiftKey: isShifted, bubbles: true, cancelable: true }));
  };
  const fixed: Choice[] = [
    ...SCREENS.filter(([path]) => team.value === null || OF_TEAMS.includes(path)).map(([path, name]) => ({ what: "screen", name: s(name), hint: "", run: () => go(path) })),
    ...keysNow()
      .map(([, binding]) => binding)
      .filter((binding) => binding.keys.length < 9 && (binding.screens === "all" || (binding.screens === "session") === isOfSession))
      .map((binding) => ({ what: "key", name: s(binding.about), hint: nameOf(binding.keys[0] ?? ""), run: () => press(binding.keys[0] ?? "") })),
  ];
  const fitting = fixed
    .map((choice) => [fit(asked, choice.name), choice] as const)
    .filter(([gaps]) => gaps < 30)
    .sort(([a], [b]) => a - b)
    .map(([, choice]) => choice);
  const choices: Choice[] = [
    ...sessions.map((row) => ({
      what: "session",
      name: line(row.task) || s("no task"),
      hint: line(row.name.short),
      run: () => go(sessionPath(row.name.full)),
    })),
    ...fitting,
    ...(asked === "" ? [] : [{ what: "search", name: s("everywhere for “{}”", line(asked)), hint: `retold search`, run: () => go(withQuery("/search", { q: asked })) }]),
  ].slice(0, asked === "" ? CHOICES_MAX : CHOICES_MAX + 4);
  const at = Math.min(chosen.value, choices.length - 1);
  useEffect(() => list.current?.children[at]?.scrollIntoView({ block: "nearest" }), [at]);
  const run = (choice: Choice | undefined): void => {
    if (choice === undefined) return;
    close();
    // What a key does, it does once the palette is gone.
    setTimeout(choice.run, 0);
  };
  return (
    <Sheet title={s("Find or do")} close={close}>
      <input
        type="text"
        class="wide"
        role="combobox"
        aria-expanded="true"
        aria-controls="choices"
        aria-activedescendant={at < 0 ? undefined : `choice-${at}`}
        aria-label={s("A session, a screen, or what to do")}
        placeholder={s("a session, a screen, or what to do")}
        autocomplete="off"
        spellcheck={false}
        onInput={(event) => {
          text.value = event.currentTarget.value;
          chosen.value = 0;
        }}
        onKeyDown={(event) => {
          if (event.isComposing) return;
          if (event.key === "ArrowDown") chosen.value = Math.min(choices.length - 1, at + 1);
          else if (event.key === "ArrowUp") chosen.value = Math.max(0, at - 1);
          else if (event.key === "Enter") run(choices[at]);
          else return;
          event.preventDefault();
        }}
      />
      <div class="choices" id="choices" role="listbox" aria-label={s("Choices")} ref={list}>
        {choices.map((choice, nth) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the box above takes the keys
          // biome-ignore lint/a11y/useFocusableInteractive: the box above has the focus
          <div key={`${choice.what} ${choice.name} ${choice.hint}`} id={`choice-${nth}`} role="option" aria-selected={nth === at} onClick={() => run(choice)}>
            <span class="dim what">{say(choice.what)}</span>
            <span class="name">{choice.name}</span>
            {choice.hint !== "" && <kbd>{choice.hint}</kbd>}
          </div>
        ))}
      </div>
    </Sheet>
  );
}
