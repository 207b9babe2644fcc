// The page's own words, in the reader's language. What sessions hold is never translated.

import { signal } from "@preact/signals";
import { en, type Words } from "./en";
import { held } from "./file";
import type { Counted, Other, Plain } from "./plain";

export type Language = "en" | "ja";

export const LANGUAGES: readonly (readonly [Language, string])[] = [
  ["en", "English"],
  ["ja", "日本語"],
];

const PLACE = "retold-language";
const words = signal<Words>(en);
/** The other language's texts by those in English; `null` while English is spoken. */
const other = signal<Other | null>(null);
export const language = signal<Language>("en");

/** The words. A component that asks for them is drawn again when the language changes. */
export function t(): Words {
  return words.value;
}

/** A text of the page by how it reads in English, with values for each `{}`. */
export function s(text: Plain, ...values: (string | number)[]): string {
  const said = other.value?.plain[text] ?? text;
  if (values.length === 0) return said;
  let nth = 0;
  return said.replace(/\{\}/g, () => {
    const value = values[nth];
    nth += 1;
    return String(value ?? "");
  });
}

/** A word that may be one of the page's own; what is not stays as it is. */
export function say(text: string): string {
  return other.value?.plain[text as Plain] ?? text;
}

/** A number of something, with its unit where the other language is spoken. */
export function counted(number: number, one: Counted): string | undefined {
  return other.value?.counted[one](number.toLocaleString(language.value));
}

/** A stretch of time in the other language. */
export function spans(): Other["spans"] | undefined {
  return other.value?.spans;
}

function remembered(): string | null {
  try {
    return localStorage.getItem(PLACE);
  } catch {
    return null;
  }
}

/** The language that was chosen last, which may still be read. */
let chosenLast: Language = "en";

/** Speaks a language; the other table is read when somebody wants it. */
export async function speak(chosen: Language, isChosen: boolean): Promise<void> {
  chosenLast = chosen;
  let read: { ja: Words; texts: Other } | null = null;
  if (chosen === "ja") {
    const place = "/ja.js";
    try {
      read = (await import(place)) as { ja: Words; texts: Other };
    } catch {
      return;
    }
    if (chosenLast !== chosen) return;
  }
  words.value = read?.ja ?? en;
  other.value = read?.texts ?? null;
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
