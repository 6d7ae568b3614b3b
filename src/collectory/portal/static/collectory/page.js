// Loaded on every page: the components' own behaviour, and printing. Every page works without it.
import { initAll } from "../built/govuk-frontend.min.js";

initAll();

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}
