"use strict";
// A line lights up with the lines that belong to it; a click keeps them lit and brings them in view.
(() => {
  const lines = [...document.querySelectorAll(".line[data-key], .line[data-of]")];
  const numbersOf = (line) => (line.dataset.key || line.dataset.of).split(" ");
  // What a line of the function gave rise to, or where a line of the derivative comes from.
  const tied = (line) => {
    const numbers = new Set(numbersOf(line));
    return lines.filter((each) => numbersOf(each).some((number) => numbers.has(number))
      && (each === line || !line.dataset.of || each.dataset.key));
  };
  let kept = null;
  const light = (line) => {
    const lit = new Set(line === null ? [] : tied(line));
    for (const each of lines) each.classList.toggle("lit", lit.has(each));
  };
  const keep = (line) => {
    kept = kept === line ? null : line;
    light(kept);
    if (kept === null) return;
    const others = tied(line).filter((each) => each.closest("section") !== line.closest("section"));
    const other = others.find((each) => each.classList.contains("reverse")) || others[0];
    if (other) other.scrollIntoView({ block: "center", behavior: "smooth" });
  };
  for (const line of lines) {
    line.tabIndex = 0;
    line.addEventListener("mouseenter", () => light(line));
    line.addEventListener("mouseleave", () => light(kept));
    line.addEventListener("focus", () => light(line));
    line.addEventListener("blur", () => light(kept));
    line.addEventListener("click", () => keep(line));
    line.addEventListener("keydown", (event) => {
      if (event.key === "Enter" || event.key === " ") { event.preventDefault(); keep(line); }
      if (event.key === "Escape") { kept = null; light(null); }
    });
  }
})();
