import "./styles/index.css";
import htmx from "htmx.org";
import { mountIslands } from "./islands";

// A form inside the page carries its own token; this covers hx-post on anything else.
document.addEventListener("htmx:configRequest", (event) => {
  const token = /(?:^|; )csrftoken=([^;]+)/.exec(document.cookie)?.[1];
  const detail = (event as CustomEvent<{ headers: Record<string, string> }>).detail;
  if (token) detail.headers["X-CSRFToken"] = token;
});

htmx.onLoad((node) => {
  if (node instanceof HTMLElement) mountIslands(node);
});
