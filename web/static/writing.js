// Counts how often something is typed, so that of two saves of this page the one that was sent first is known to be the older one.
"use strict";
const turn = document.querySelector("#utkast [name=turn]");
turn.form.addEventListener("input", () => {
  turn.value = Number(turn.value) + 1;
});
