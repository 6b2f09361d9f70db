import { button, changed, make } from "../lib/dom";
import { say } from "../lib/words";

/** What a person had begun, and from what it began: a draft of other words than those that stand there now is old. */
interface Draft {
  base: string;
  values: Record<string, string>;
}

type Field = HTMLInputElement | HTMLTextAreaElement;

/**
 * Keeps in this browser what a person writes in a form, so that a lost connection or a closed page costs nothing.
 * The form's own number goes along: what was sent and not answered is, sent again, the same. The page that comes
 * after a success says so in its address. Signing out throws drafts away (the server clears what is kept here).
 */
export function mount(form: HTMLElement): void {
  if (!(form instanceof HTMLFormElement)) return;
  forget();
  const key = `draft:${form.dataset["draft"] ?? ""}`;
  const base = JSON.stringify(values(form, false));
  const said = make("p", { class: "readout note small", role: "status" });
  form.append(said);
  const kept = read(key);
  if (kept?.base === base && !form.querySelector(".summary")) {
    restore(form, kept.values);
    said.append(
      say("draftBack"),
      " ",
      button(say("draftDrop"), () => {
        localStorage.removeItem(key);
        form.reset();
        said.textContent = "";
      }),
    );
  }
  let waiting = 0;
  const keep = (): void => localStorage.setItem(key, JSON.stringify({ base, values: values(form, true) }));
  form.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = window.setTimeout(keep, 250);
  });
  form.addEventListener("submit", (event) => {
    clearTimeout(waiting);
    keep();
    if (navigator.onLine) return;
    event.preventDefault();
    said.textContent = say("draftOffline");
  });
  window.addEventListener("online", () => {
    if (said.textContent === say("draftOffline")) said.textContent = say("draftOnline");
  });
}

/** `?done=NAME`: what was written under that name has arrived. */
function forget(): void {
  const address = new URL(location.href);
  const done = address.searchParams.get("done");
  if (!done) return;
  localStorage.removeItem(`draft:${done}`);
  address.searchParams.delete("done");
  history.replaceState(history.state, "", address);
}

function read(key: string): Draft | null {
  try {
    return JSON.parse(localStorage.getItem(key) ?? "null") as Draft | null;
  } catch {
    return null;
  }
}

/** A place on the map is no part of a draft: nothing finer than a part of town lies about anywhere. */
function fields(form: HTMLFormElement): Field[] {
  const found = Array.from(form.elements).filter(
    (each): each is Field => each instanceof HTMLTextAreaElement || each instanceof HTMLInputElement,
  );
  return found.filter((each) => each.name && !["csrfmiddlewaretoken", "place"].includes(each.name) && each.type !== "file");
}

function values(form: HTMLFormElement, withHidden: boolean): Record<string, string> {
  const told: Record<string, string> = {};
  for (const field of fields(form)) {
    if (field.type === "hidden" && !withHidden) continue;
    if (isChoice(field)) {
      if (field.checked) told[field.name] = field.value;
    } else told[field.name] = field.value;
  }
  return told;
}

function restore(form: HTMLFormElement, told: Record<string, string>): void {
  for (const field of fields(form)) {
    const value = told[field.name];
    if (isChoice(field)) field.checked = field.value === value;
    else if (value !== undefined) field.value = value;
    changed(field);
  }
}

function isChoice(field: Field): field is HTMLInputElement {
  return field.type === "radio" || field.type === "checkbox";
}
