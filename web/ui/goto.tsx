// Going to a point that somebody types.

import { useSignal } from "@preact/signals";
import { address, go, screenOf, sessionPath, withQuery } from "./address";
import type { Problem } from "./net";
import { notice } from "./notice";
import { Sheet, Trouble } from "./parts";
import { useAsking } from "./read";
import { s } from "./words";

interface Resolved {
  said: string;
  session: { full: string } | null;
  revision: number | null;
}

export function GoTo({ close }: { close: () => void }) {
  const screen = screenOf(address.value.path);
  const problem = useSignal<Problem | null>(null);
  const reading = useAsking();
  const leave = (text: string): void => {
    const session = screen.name === "session" ? screen.session : null;
    reading.ask<Resolved>(
      withQuery("/resolve.json", { point: text, session }),
      (answer) => {
        close();
        notice.value = answer.said;
        if (answer.session !== null) go(withQuery(sessionPath(answer.session.full), { at: `r${answer.revision ?? 1}` }));
        else go(withQuery(address.peek().path, { at: text }));
      },
      (refused) => {
        problem.value = refused;
      },
    );
  };
  return (
    <Sheet title={s("Go to a moment")} close={close}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          const text = new FormData(event.currentTarget).get("point");
          if (typeof text === "string" && text.trim() !== "") leave(text.trim());
        }}
      >
        <label>
          <span>{s("A point")}</span>
          <input name="point" type="text" placeholder="r7, head-3, 15min-ago, yesterday 17:30, mark:NAME" autocomplete="off" spellcheck={false} />
        </label>
        <button type="submit">{s("Go")}</button>
      </form>
      {problem.value !== null && <Trouble problem={problem.value} />}
    </Sheet>
  );
}
