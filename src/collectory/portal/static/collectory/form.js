// On a form: sums beside totals while one types, arrows from box to box, a warning before unsaved values are lost.
const form = document.querySelector("[data-keying]");

// What a typed text means as a whole number, as the service understands it; null where it means none.
function understood(text) {
  const plain = text
    .replace(/[\u200b-\u200f\u2060\ufeff]/g, "")
    .replace(/[\uff01-\uff5e]/g, (one) => String.fromCharCode(one.charCodeAt(0) - 0xfee0))
    .trim();
  const separated = /^[0-9]{1,3}([,\s'’])[0-9]{3}(\1[0-9]{3})*$/.test(plain);
  const digits = separated ? plain.replace(/[^0-9]/g, "") : plain;
  return /^[0-9]{1,15}$/.test(digits) ? Number(digits) : null;
}

const shown = (number) => number.toLocaleString("en-GB");

function renew(hint) {
  const parts = hint.dataset.parts.split(" ").map((id) => document.getElementById(id)).filter(Boolean);
  const numbers = parts.map((box) => understood(box.value)).filter((one) => one !== null);
  const sum = numbers.reduce((one, other) => one + other, 0);
  const whole = numbers.length === parts.length;
  const total = understood(document.getElementById(hint.dataset.total).value);
  const difference = whole && total !== null ? total - sum : 0;
  hint.querySelector("[data-sum]").textContent = shown(sum);
  hint.querySelector("[data-counted]").textContent = whole ? "" : ` so far (${numbers.length} of ${parts.length} lines filled in)`;
  hint.querySelector("[data-difference]").textContent = difference
    ? `; your total is ${shown(Math.abs(difference))} ${difference > 0 ? "more" : "less"}`
    : "";
}

if (form) {
  const boxes = [...form.querySelectorAll("input[type=text]")];
  const hints = [...form.querySelectorAll("[data-total]")];
  const state = form.querySelector("[data-state]");
  const before = new Map(boxes.map((box) => [box, box.defaultValue]));
  let sending = false;
  const unsaved = () => form.hasAttribute("data-unsaved") || boxes.some((box) => box.value !== before.get(box));

  form.addEventListener("input", () => {
    hints.forEach(renew);
    const words = unsaved() ? "Not saved yet" : "";
    if (state.textContent !== words) {
      state.textContent = words;
    }
  });
  form.addEventListener("keydown", (event) => {
    const at = boxes.indexOf(event.target);
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (at < 0 || !step || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) {
      return;
    }
    const next = boxes[at + step];
    if (next) {
      event.preventDefault();
      next.focus();
      next.select();
    }
  });
  form.addEventListener("submit", () => {
    sending = true;
  });
  window.addEventListener("pageshow", () => {
    sending = false;
    hints.forEach(renew);
  });
  window.addEventListener("beforeunload", (event) => {
    if (!sending && unsaved()) {
      event.preventDefault();
      event.returnValue = "";
    }
  });
}
