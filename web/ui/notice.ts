// A word to the reader, for a few seconds.

import { effect, signal } from "@preact/signals";
import { s } from "./words";

export const notice = signal("");

let gone: ReturnType<typeof setTimeout> | undefined;

effect(() => {
  if (notice.value === "") return;
  clearTimeout(gone);
  gone = setTimeout(() => {
    notice.value = "";
  }, 4000);
});

/** Copies a command, and says so. */
export function copied(command: string): void {
  void navigator.clipboard?.writeText(command).then(() => {
    notice.value = s("Copied: {}", command);
  });
}
