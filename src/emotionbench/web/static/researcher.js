"use strict";
// Keeps the figures up to date while the page is seen. Without this script the link Refresh does.
(() => {
  const EVERY = 5000;
  const figures = document.getElementById("figures");
  const pause = document.getElementById("pause");
  const state = document.getElementById("live-state");
  let isPaused = false;
  let isAsking = false;
  let timer = 0;

  const tell = (text) => {
    if (state.textContent !== text) state.textContent = text;
  };

  // what somebody is reading with the keyboard or has marked must not be taken away under their hands
  const isInUse = () => {
    const marked = document.getSelection();
    return figures.contains(document.activeElement)
      || (marked && !marked.isCollapsed && figures.contains(marked.anchorNode));
  };

  const show = (text) => {
    const fresh = new DOMParser().parseFromString(text, "text/html");
    const scrolled = [...figures.querySelectorAll(".table")].map((table) => table.scrollLeft);
    figures.replaceChildren(...fresh.body.childNodes);
    figures.querySelectorAll(".table").forEach((table, place) => { table.scrollLeft = scrolled[place] || 0; });
  };

  const refresh = async () => {
    if (isPaused || isAsking || document.hidden || isInUse()) return;
    isAsking = true;
    try {
      const answer = await fetch("/researcher/figures", { redirect: "manual", cache: "no-store" });
      if (answer.type === "opaqueredirect") {
        stop();
        tell("You are logged out. Reload the page to log in again.");
      } else if (answer.ok) {
        const text = await answer.text();
        if (!isPaused && !isInUse()) show(text);
        tell("");
      } else {
        tell("The figures cannot be had just now; trying again.");
      }
    } catch {
      tell("There is no connection; trying again.");
    } finally {
      isAsking = false;
    }
  };

  const stop = () => {
    clearInterval(timer);
    pause.hidden = true;
  };

  pause.addEventListener("click", () => {
    isPaused = !isPaused;
    pause.textContent = isPaused ? "Resume updates" : "Pause updates";
    refresh();
  });
  document.addEventListener("visibilitychange", refresh);
  pause.hidden = false;
  timer = setInterval(refresh, EVERY);
})();
