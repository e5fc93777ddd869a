// Dragging a post to another day sends the same form as the page for moving it. Without this file that page remains.
"use strict";
const DRAGGED = "text/x-samklang-post";
for (const post of document.querySelectorAll(".kal .post[draggable]")) {
  post.addEventListener("dragstart", (event) => {
    event.dataTransfer.setData(DRAGGED, post.id);
    event.dataTransfer.effectAllowed = "move";
  });
}
for (const day of document.querySelectorAll(".kal td[data-day]")) {
  day.addEventListener("dragover", (event) => {
    if (event.dataTransfer.types.includes(DRAGGED)) {
      event.preventDefault();
      day.classList.add("over");
    }
  });
  day.addEventListener("dragleave", () => day.classList.remove("over"));
  day.addEventListener("drop", (event) => {
    const post = document.getElementById(event.dataTransfer.getData(DRAGGED));
    day.classList.remove("over");
    if (!post || post.closest("td") === day) return;
    event.preventDefault();
    const form = document.getElementById("flytt");
    form.action = post.getAttribute("href");
    form.elements.day.value = day.dataset.day;
    form.elements.clock.value = post.dataset.clock;
    form.submit();
  });
}
// the post that was moved has the focus again: the one in the table, or the one in the agenda, whichever is shown
const hash = decodeURIComponent(location.hash);
if (hash.startsWith("#p-")) {
  const both = ["p-", "a-"].map((kind) => document.getElementById(kind + hash.slice(3)));
  const shown = both.find((one) => one && one.offsetParent);
  if (shown && shown.id !== hash.slice(1)) location.replace("#" + shown.id); // else the browser takes the focus back
  shown?.focus();
}
