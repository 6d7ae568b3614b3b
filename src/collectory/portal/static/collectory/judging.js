// Ticking many boxes: all on the page, from one to another with Shift, and with the arrow keys from box to box.
// Without it every box is ticked by itself, and "all of this list" needs no tick.

for (const button of document.querySelectorAll("[data-tick-all]")) {
  const boxes = [...document.querySelectorAll(`input[type=checkbox][name="${button.dataset.tickAll}"]`)];
  const words = button.textContent;
  let last = null;

  const show = () => {
    button.textContent = boxes.length && boxes.every((box) => box.checked) ? "Tick none" : words;
  };

  button.hidden = boxes.length < 2;
  button.addEventListener("click", () => {
    const tick = !boxes.every((box) => box.checked);
    for (const box of boxes) box.checked = tick;
    show();
  });

  boxes.forEach((box, number) => {
    box.addEventListener("click", (event) => {
      if (event.shiftKey && last !== null) {
        for (let one = Math.min(last, number); one <= Math.max(last, number); one += 1) boxes[one].checked = box.checked;
      }
      last = number;
      show();
    });
    box.addEventListener("keydown", (event) => {
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      const next = step ? boxes[number + step] : undefined;
      if (next) {
        event.preventDefault();
        next.focus();
      }
    });
  });
  show();
}
