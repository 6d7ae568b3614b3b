// Keeps the progress page up to date without loading it again, then loads it once for the result.
const box = document.querySelector("[data-progress]");
const bar = box.querySelector("progress");
const stage = box.querySelector("#stage");
const percentage = box.querySelector("#percentage");

async function look() {
  let wait = 600;
  try {
    const answer = await fetch(box.dataset.progress, { credentials: "same-origin", redirect: "error" });
    if (!answer.ok) {
      throw new Error(answer.status);
    }
    const state = await answer.json();
    if (state.finished) {
      window.location.reload();
      return;
    }
    bar.value = state.percentage;
    if (stage.textContent !== state.stage) {
      stage.textContent = state.stage;
    }
    percentage.textContent = state.percentage;
  } catch {
    wait = 3000; // the service may be starting again; the page itself knows what to do when it is back
  }
  window.setTimeout(look, wait);
}

look();
