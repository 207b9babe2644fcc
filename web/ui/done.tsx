// What has come of the last change, and the way back.

import { useEffect } from "preact/hooks";
import { Trouble } from "./parts";
import { line } from "./show";
import { t } from "./words";
import { done, failed } from "./write";

export function DoneBar() {
  const known = done.value;
  const problem = failed.value;
  useEffect(() => {
    if (known === null) return;
    const wait = setTimeout(() => {
      if (done.peek() === known) done.value = null;
    }, 15_000);
    return () => clearTimeout(wait);
  }, [known]);
  if (problem !== null) {
    return (
      <div class="done failed">
        <Trouble problem={problem} retry={() => (failed.value = null)} retryName={t().close} />
      </div>
    );
  }
  if (known === null) return null;
  return (
    <div class="done" role="status">
      <span>{line(known.said)}</span>
      {known.undo !== null && (
        <button type="button" onClick={() => void known.undo?.()}>
          {t().undo} <kbd>u</kbd>
        </button>
      )}
      <button type="button" class="quiet" aria-label={t().close} onClick={() => (done.value = null)}>
        ✕
      </button>
    </div>
  );
}
