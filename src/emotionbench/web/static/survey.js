// What the pages of participants gain where scripts run; every page is complete without it.
"use strict";
(() => {
  const DRAFT_AFTER = 800; // ms since the last change
  const DRAFT_EVERY = 5000; // ms between two drafts: a thousand people must not send one for each answer
  const HELD = 10000; // ms for which a second submit is refused, should the first be broken off
  const shown = performance.now();
  const form = document.querySelector("form");

  // where the browser knows autofocus on any element, that does it, and a second focus would make it complain
  const errors = document.querySelector(".errors");
  if (errors && !("autofocus" in errors)) errors.focus();
  if (!form) return;
  const buttons = [...form.querySelectorAll("button")];
  let isSent = false, isWaiting = false, isChanged = false, draftTimer = 0, heldTimer = 0, lastDraft = -DRAFT_EVERY;

  const hold = () => {
    for (const button of buttons) {
      if (isSent || isWaiting) button.setAttribute("aria-disabled", "true");
      else button.removeAttribute("aria-disabled");
    }
  };

  // milliseconds from the display of the page to the last change of each field, as JSON
  const timesField = form.querySelector("[name=times]");
  const times = JSON.parse(timesField?.value || "{}");
  const changed = ({ target }) => {
    if (!target.name) return;
    isChanged = true;
    if (timesField) {
      times[target.name] = Math.round(performance.now() - shown);
      timesField.value = JSON.stringify(times);
    }
    if (form.dataset.draft) {
      clearTimeout(draftTimer);
      draftTimer = setTimeout(save, Math.max(DRAFT_AFTER, lastDraft + DRAFT_EVERY - performance.now()));
    }
  };
  form.addEventListener("input", changed);
  form.addEventListener("change", changed);

  // saved as you go
  const fields = () => new URLSearchParams(new FormData(form));
  const status = form.querySelector("[data-saved]");
  const save = async () => {
    if (!isChanged || isSent) return;
    isChanged = false;
    lastDraft = performance.now();
    try {
      const answer = await fetch(form.dataset.draft, { method: "POST", body: fields(), keepalive: true });
      if (!answer.ok) throw answer;
      if (status && !status.textContent) status.textContent = status.dataset.saved;
    } catch {
      isChanged = true; // goes with the next change, or when the page is left
    }
  };
  const saveAtOnce = () => {
    if (!form.dataset.draft || !isChanged || isSent || !navigator.sendBeacon) return;
    clearTimeout(draftTimer);
    isChanged = !navigator.sendBeacon(form.dataset.draft, fields());
  };
  addEventListener("pagehide", saveAtOnce);
  document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" && saveAtOnce());

  // one submit at a time; the buttons are not disabled, so that the one that was pressed is sent
  form.addEventListener("submit", (event) => {
    if (isSent || isWaiting) return event.preventDefault();
    isSent = true;
    clearTimeout(draftTimer);
    setTimeout(hold);
    heldTimer = setTimeout(release, HELD);
  });
  const release = () => {
    clearTimeout(heldTimer);
    isSent = false;
    hold();
  };
  addEventListener("pageshow", (event) => event.persisted && release());

  // the reading time: seen each second, announced when it begins and when it is over
  const wait = document.getElementById("wait");
  if (wait) {
    const until = shown + 1000 * wait.dataset.seconds;
    const spoken = form.querySelector("[data-wait]");
    const tick = () => {
      const left = Math.ceil((until - performance.now()) / 1000);
      isWaiting = left > 0;
      if (isWaiting) {
        wait.textContent = wait.dataset.text.replace("{seconds}", left);
        if (!spoken.textContent) spoken.textContent = wait.textContent;
        setTimeout(tick, 250);
      } else {
        wait.textContent = "";
        for (const button of buttons) button.removeAttribute("aria-describedby");
        spoken.textContent = buttons[0].textContent;
        hold();
      }
    };
    tick();
    hold();
  }

  // With the focus on a line, the digit of an answer chooses it and the next line follows. One key is one answer:
  // values of two digits, and those below 0, are chosen with the arrow keys or the pointer.
  const lines = [...form.querySelectorAll(".line")];
  if (lines.length && matchMedia("(pointer: fine)").matches) {
    for (const hint of document.querySelectorAll("[data-keyboard]")) hint.hidden = false;
  }
  form.addEventListener("keydown", (event) => {
    const line = event.target.closest(".line");
    // the low four bits of these digits (Latin, Arabic, Persian, full-width) are their value
    if (!line || event.ctrlKey || event.altKey || event.metaKey || !/^[0-9٠-٩۰-۹０-９]$/.test(event.key)) return;
    const chosen = line.querySelector(`[value="${event.key.charCodeAt(0) & 15}"]`);
    if (!chosen) return;
    event.preventDefault();
    chosen.click();
    const next = lines[lines.indexOf(line) + 1];
    const goal = next ? next.querySelector(":checked") || next.querySelector("input") : buttons[0];
    goal.focus({ preventScroll: true });
    (next || goal).scrollIntoView({ block: "center" });
  });
})();
