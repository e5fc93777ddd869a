// Buttons that copy a text. Without this file, or where a browser lets no page copy, they are not shown, and the text can be selected.
"use strict";
for (const button of navigator.clipboard ? document.querySelectorAll("button[data-copy]") : []) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).innerText);
    button.parentElement.querySelector("[data-said]").textContent = button.dataset.done;
  });
}
