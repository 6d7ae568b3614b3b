// Warns two minutes before a session ends for want of activity, and keeps it on when asked. Other windows of the same
// browser count: each tells the time of its last page. Typing is safe either way: what is sent late is kept.
document.querySelector("[data-without-scripts]")?.remove(); // the time would be wrong after the first minute on a page
const dialog = document.querySelector("[data-session]");
const words = dialog.querySelector("[data-session-words]");
const title = dialog.querySelector("#session-title");
const form = dialog.querySelector("form");
const button = form.querySelector("button");
const WARNING = 2 * 60 * 1000;
const whole = Number(dialog.dataset.minutes) * 60 * 1000;
const KEY = "collectory-last-activity"; // a time, nothing about anybody

function lastActivity() {
  const told = Number(window.localStorage.getItem(KEY)) || 0;
  return Math.min(Math.max(told, loaded), Date.now());
}

function active() {
  loaded = Date.now();
  try {
    window.localStorage.setItem(KEY, String(loaded));
  } catch {
    // a browser that keeps nothing: each window counts for itself
  }
}

let loaded = Date.now();
active();

function look() {
  const left = lastActivity() + whole - Date.now();
  if (left <= 0) {
    title.textContent = "You are signed out";
    words.textContent =
      "Sign in again to go on. If you typed something here, send it first: it is kept for you until you have signed in.";
    button.textContent = "Close";
    form.dataset.over = "yes";
  } else if (left <= WARNING) {
    title.textContent = "Are you still there?";
    const minutes = Math.ceil(left / 60000);
    const text = `For your security you will be signed out in ${minutes === 1 ? "1 minute" : `${minutes} minutes`}.`;
    if (words.textContent !== text) {
      words.textContent = text;
    }
  } else {
    dialog.close();
  }
  if (left <= WARNING && !dialog.open && form.dataset.closed !== "yes") {
    dialog.showModal();
  }
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  if (form.dataset.over === "yes") {
    form.dataset.closed = "yes";
    dialog.close();
    return;
  }
  try {
    const answer = await fetch(dialog.dataset.stay, {
      method: "POST",
      body: new URLSearchParams(new FormData(form)),
      credentials: "same-origin",
    });
    if (answer.ok) {
      active();
      dialog.close();
    } else {
      loaded = 0;
      window.localStorage.removeItem(KEY);
      look();
    }
  } catch {
    words.textContent = "The service does not answer. Try again.";
  }
});

window.setInterval(look, 5000);
