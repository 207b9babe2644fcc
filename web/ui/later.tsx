// Screens and sheets of the part of the page that is read when somebody wants it.

import { signal } from "@preact/signals";
import { type FunctionComponent, h } from "preact";
import { useEffect } from "preact/hooks";
import { asProblem, type Problem } from "./net";
import { Trouble } from "./parts";

type More = typeof import("./more");

/** What it is drawn with, where it takes something. */
type Needs<P> = P extends object ? { with: P } : object;

const more = signal<More | null>(null);
const problem = signal<Problem | null>(null);
let isReading = false;

async function read(): Promise<void> {
  if (isReading || more.peek() !== null) return;
  isReading = true;
  problem.value = null;
  const place = "/more.js";
  try {
    more.value = (await import(place)) as More;
  } catch (error) {
    problem.value = asProblem(error);
  } finally {
    isReading = false;
  }
}

/** One of them, once it is there. */
export function Later<N extends keyof More>({ name, isQuiet, ...rest }: { name: N; isQuiet?: boolean } & Needs<Parameters<More[N]>[0]>) {
  useEffect(() => void read(), []);
  const There = more.value?.[name];
  if (There !== undefined) return h(There as FunctionComponent<object>, "with" in rest ? (rest.with as object) : {});
  if (isQuiet === true) return null;
  return (
    <main class="only" aria-busy={problem.value === null}>
      <h1 class="spoken">retold</h1>
      {problem.value !== null && <Trouble problem={problem.value} retry={() => void read()} />}
    </main>
  );
}
