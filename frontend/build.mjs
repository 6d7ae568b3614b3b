// Compiles collectory.scss and copies the components' script to the portal's static folder.
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { compile } from "sass";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const target = here("../src/collectory/portal/static/built/");
mkdirSync(target, { recursive: true });

// Whole or not at all: a portal that runs meanwhile serves these files.
function write(name, text) {
  writeFileSync(`${target}.${name}`, text);
  renameSync(`${target}.${name}`, `${target}${name}`);
}

const { css } = compile(here("collectory.scss"), {
  loadPaths: [here("node_modules")],
  style: "compressed",
  quietDeps: true,
  silenceDeprecations: ["import"],
});
write("collectory.css", css);

// Without the pointer to its source map, which is not served.
const script = readFileSync(here("node_modules/govuk-frontend/dist/govuk/govuk-frontend.min.js"), "utf8");
write("govuk-frontend.min.js", script.replace(/\n\/\/# sourceMappingURL=.*\s*$/, "\n"));
