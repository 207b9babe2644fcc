// The page's own words, in the reader's language. What sessions hold is never translated.

import { signal } from "@preact/signals";
import { en, type Words } from "./en";
import { held } from "./file";

export type Language = "en" | "ja";

export const LANGUAGES: readonly (readonly [Language, string])[] = [
  ["en", "English"],
  ["ja", "日本語"],
];

const PLACE = "retold-language";
const words = signal<Words>(en);
export const language = signal<Language>("en");

/** The words. A component that asks for them is drawn again when the language changes. */
export function t(): Words {
  return words.value;
}

function remembered(): string | null {
  try {
    return localStorage.getItem(PLACE);
  } catch {
    return null;
  }
}

/** Speaks a language; the other table is read when somebody wants it. */
export async function speak(chosen: Language, isChosen: boolean): Promise<void> {
  let table = en;
  if (chosen === "ja") {
    const place = "/ja.js";
    try {
      table = ((await import(place)) as { ja: Words }).ja;
    } catch {
      return;
    }
  }
  words.value = table;
  language.value = chosen;
  document.documentElement.lang = chosen;
  if (!isChosen) return;
  try {
    localStorage.setItem(PLACE, chosen);
  } catch {
    // Who keeps nothing chooses again.
  }
}

/** Speaks what the reader chose before, else what the browser speaks. A file has English alone. */
export function begin(): void {
  if (held !== null || typeof navigator === "undefined") return;
  const chosen = remembered() ?? (navigator.language.startsWith("ja") ? "ja" : "en");
  if (chosen === "ja") void speak("ja", false);
}
