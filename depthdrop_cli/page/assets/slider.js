// Compares before and after: <figure class="compare" data-compare> with two pictures and a range input. It listens on
// the document, so figures that are added later work too. The input holds the position: keyboards, screen readers and
// a pointer anywhere on the picture move it.
(() => {
  "use strict";

  const rangeOf = (figure) => figure.querySelector("input[type=range]");

  const show = (range) => {
    const figure = range.closest("[data-compare]");
    const at = Number(range.value);
    figure.style.setProperty("--at", `${at}%`);
    figure.dataset.shows = at > 85 ? "before" : at < 15 ? "after" : "both";
    range.setAttribute("aria-valuetext", `${at} % before, ${100 - at} % after`);
  };

  const moveTo = (figure, x) => {
    const range = rangeOf(figure);
    const { left, width } = figure.getBoundingClientRect();
    range.value = Math.round(((x - left) / width) * 100);
    show(range);
  };

  const figureOf = (event) => event.target instanceof Element && event.target.closest("[data-compare]");

  let finger = null; // where a touch began, until it is known whether it scrolls the page

  document.addEventListener("pointerdown", (event) => {
    const figure = figureOf(event);
    if (!figure || event.button !== 0 || !event.isPrimary) return;
    figure.setPointerCapture(event.pointerId);
    if (event.pointerType === "touch") {
      finger = { x: event.clientX, y: event.clientY };
      return;
    }
    event.preventDefault(); // no selection, no dragging
    rangeOf(figure).focus({ preventScroll: true, focusVisible: false });
    moveTo(figure, event.clientX);
  });

  document.addEventListener("pointermove", (event) => {
    const figure = figureOf(event);
    if (!figure || !figure.hasPointerCapture(event.pointerId)) return;
    if (finger && Math.abs(event.clientX - finger.x) <= Math.abs(event.clientY - finger.y)) return;
    finger = null;
    moveTo(figure, event.clientX);
  });

  document.addEventListener("pointerup", (event) => {
    const figure = figureOf(event);
    if (figure && figure.hasPointerCapture(event.pointerId)) moveTo(figure, event.clientX); // also for a tap
    finger = null;
  });

  document.addEventListener("pointercancel", () => {
    finger = null; // it scrolled
  });

  document.addEventListener("dragstart", (event) => {
    if (figureOf(event)) event.preventDefault();
  });

  document.addEventListener("input", (event) => {
    if (event.target.matches?.("[data-compare] > input[type=range]")) show(event.target);
  });

  // A browser may restore the input's position from before the page was left.
  addEventListener("pageshow", () => {
    document.querySelectorAll("[data-compare] > input[type=range]").forEach(show);
  });
})();
