// Where a reader whom the server does not know gives the token.

import { useSignal } from "@preact/signals";
import { asProblem, bring, type Problem } from "./net";
import { Trouble } from "./parts";
import { s } from "./words";

export function Entrance() {
  const problem = useSignal<Problem | null>(null);
  const isAsking = useSignal(false);
  const enter = async (form: HTMLFormElement): Promise<void> => {
    const token = new FormData(form).get("token");
    if (typeof token !== "string" || token.trim() === "" || isAsking.peek()) return;
    isAsking.value = true;
    problem.value = null;
    try {
      await bring(token.trim());
      location.reload();
    } catch (error) {
      problem.value = asProblem(error);
      isAsking.value = false;
    }
  };
  return (
    <form
      class="entrance"
      onSubmit={(event) => {
        event.preventDefault();
        void enter(event.currentTarget);
      }}
    >
      <label>
        <span>{s("Token")}</span>
        <input name="token" type="password" maxLength={200} autocomplete="off" spellcheck={false} autofocus />
      </label>
      <button type="submit" disabled={isAsking.value}>
        {s("Enter")}
      </button>
      {problem.value !== null && <Trouble problem={problem.value} />}
    </form>
  );
}
