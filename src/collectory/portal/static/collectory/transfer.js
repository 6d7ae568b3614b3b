// Sends a large file in pieces (tus 1.0.0), with a bar, and goes on where it stood when the line breaks or the page is
// opened again. Without this script the form itself sends the file in one request.
const form = document.querySelector("form[data-transfer]");
const box = form.querySelector("[data-transfer-progress]");
const words = form.querySelector("[data-transfer-words]");
const bar = form.querySelector("progress");
const button = form.querySelector("button[type=submit]");
const token = form.querySelector("[name=csrfmiddlewaretoken]").value;
const PATIENCE = [1, 2, 4, 8, 15, 30, 30, 30]; // seconds between attempts
const VERSION = { "Tus-Resumable": "1.0.0", "X-CSRFToken": token };

class Refused extends Error {}

const pause = (seconds) => new Promise((done) => window.setTimeout(done, seconds * 1000));
const coded = (text) => window.btoa(String.fromCharCode(...new TextEncoder().encode(text)));

function show(sent, total) {
  const share = Math.floor((sent * 100) / total);
  bar.value = share;
  words.textContent = `${share}% of the file has been sent.`;
}

async function begin(file) {
  const known = [...document.querySelectorAll("[data-unfinished]")].find(
    (one) => one.dataset.name === file.name && Number(one.dataset.length) === file.size,
  );
  if (known) {
    return known.dataset.unfinished;
  }
  const stated = form.querySelector("[name=stated]").value;
  const about = `filename ${coded(file.name)}${stated ? `,stated ${coded(stated)}` : ""}`;
  const answer = await fetch(form.dataset.transfer, {
    method: "POST",
    credentials: "same-origin",
    headers: { ...VERSION, "Upload-Length": String(file.size), "Upload-Metadata": about },
  });
  if (answer.status !== 201) {
    throw new Refused(await answer.text());
  }
  return answer.headers.get("Location");
}

async function offsetOf(address) {
  const answer = await fetch(address, { method: "HEAD", credentials: "same-origin", headers: VERSION });
  if (answer.status === 410) {
    throw new Refused("This upload is over. Choose the file and send it again.");
  }
  if (!answer.ok) {
    throw new Error(answer.status);
  }
  return Number(answer.headers.get("Upload-Offset"));
}

function piece(address, blob, offset, total) {
  return new Promise((done, failed) => {
    const request = new XMLHttpRequest();
    request.open("PATCH", address);
    for (const [name, value] of Object.entries(VERSION)) {
      request.setRequestHeader(name, value);
    }
    request.setRequestHeader("Upload-Offset", String(offset));
    request.setRequestHeader("Content-Type", "application/offset+octet-stream");
    request.upload.addEventListener("progress", (event) => show(offset + event.loaded, total));
    request.addEventListener("load", () => {
      if (request.status === 204) {
        done(Number(request.getResponseHeader("Upload-Offset")));
      } else if (request.status === 422 || request.status === 410 || request.status === 403) {
        failed(new Refused(request.responseText));
      } else {
        failed(new Error(request.status));
      }
    });
    for (const kind of ["error", "abort", "timeout"]) {
      request.addEventListener(kind, () => failed(new Error(kind)));
    }
    request.send(blob);
  });
}

async function send(file) {
  const address = await begin(file);
  const size = Number(form.dataset.piece);
  let offset = await offsetOf(address);
  let failures = 0;
  while (offset < file.size) {
    show(offset, file.size);
    try {
      offset = await piece(address, file.slice(offset, offset + size), offset, file.size);
      failures = 0;
    } catch (problem) {
      if (problem instanceof Refused || failures >= PATIENCE.length) {
        throw problem;
      }
      words.textContent = "The connection broke off. Trying again…";
      await pause(PATIENCE[failures]);
      failures += 1;
      offset = await offsetOf(address).catch((again) => {
        if (again instanceof Refused) {
          throw again;
        }
        return offset;
      });
    }
  }
  words.textContent = "All of the file has been sent. It is being sealed…";
  bar.value = 100;
  return address;
}

function handIn(address) {
  const last = document.createElement("form");
  last.method = "post";
  last.action = address;
  const field = document.createElement("input");
  field.type = "hidden";
  field.name = "csrfmiddlewaretoken";
  field.value = token;
  last.append(field);
  document.body.append(last);
  last.submit();
}

function tell(text) {
  box.hidden = false;
  bar.hidden = true;
  words.textContent = text;
  words.classList.add("govuk-error-message");
  button.disabled = false;
}

let busy = false;
form.addEventListener("submit", async (event) => {
  const file = form.querySelector("[type=file]").files[0];
  if (!file || file.size === 0) {
    return; // the service says what is missing
  }
  event.preventDefault();
  if (busy) {
    return;
  }
  busy = true;
  words.classList.remove("govuk-error-message");
  box.hidden = false;
  bar.hidden = false;
  button.disabled = true;
  try {
    handIn(await send(file));
  } catch (problem) {
    busy = false;
    tell(
      problem instanceof Refused
        ? problem.message
        : "The file could not be sent to its end. What has come is kept: load this page again and choose the same file to go on.",
    );
  }
});
