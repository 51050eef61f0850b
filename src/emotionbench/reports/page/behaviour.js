"use strict";
(() => {
  const make = (tag, words, className) => {
    const element = document.createElement(tag);
    if (words !== undefined) element.textContent = words;
    if (className) element.className = className;
    return element;
  };

  // the theme follows the system until somebody chooses
  const root = document.documentElement;
  const toggle = document.querySelector(".theme");
  const remembered = (value) => {
    try {
      if (value === undefined) return localStorage.getItem("emotionbench-theme");
      localStorage.setItem("emotionbench-theme", value);
    } catch { /* a file may have no storage */ }
    return null;
  };
  const system = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => (root.dataset.theme ? root.dataset.theme === "dark" : system.matches);
  const named = () => { toggle.textContent = isDark() ? "Light theme" : "Dark theme"; };
  const kept = remembered();
  if (kept === "dark" || kept === "light") root.dataset.theme = kept;
  toggle.hidden = false;
  toggle.addEventListener("click", () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    remembered(root.dataset.theme);
    named();
  });
  system.addEventListener("change", named);
  named();

  // tables sort by a click on their headings
  const orderOf = (row, index) => {
    const cell = row.cells[index];
    const value = cell.dataset.order ?? cell.textContent.trim();
    const figure = Number(value.replace("−", "-").replaceAll(",", ""));
    return value !== "" && Number.isFinite(figure) ? figure : value.toLowerCase();
  };
  const compare = (a, b) => {
    if (typeof a === "number" && typeof b === "number") return a - b;
    if (typeof a === typeof b) return a < b ? -1 : a > b ? 1 : 0;
    return typeof a === "number" ? 1 : -1;
  };
  for (const table of document.querySelectorAll("table[data-sortable]")) {
    const heads = [...table.tHead.rows[table.tHead.rows.length - 1].cells];
    heads.forEach((head, index) => {
      if (head.dataset.fixed !== undefined || !head.textContent.trim()) return;
      const button = make("button", head.textContent.trim());
      button.type = "button";
      head.replaceChildren(button);
      button.addEventListener("click", () => {
        const first = head.classList.contains("text") ? "ascending" : "descending";
        const other = first === "ascending" ? "descending" : "ascending";
        const way = head.getAttribute("aria-sort") === first ? other : first;
        heads.forEach((one) => one.removeAttribute("aria-sort"));
        head.setAttribute("aria-sort", way);
        const body = table.tBodies[0];
        const rows = [...body.rows].map((row) => [orderOf(row, index), row]);
        rows.sort((a, b) => (way === "ascending" ? 1 : -1) * compare(a[0], b[0]));
        body.append(...rows.map(([, row]) => row));
      });
    });
  }

  // a cell opens its situations and raw answers
  const embedded = JSON.parse(document.getElementById("answers").textContent);
  const dialog = document.getElementById("drill");
  const signed = (value) => {
    if (value === null) return "–";
    const rounded = value.toFixed(1);
    return Number(rounded) === 0 ? "0.0" : (value > 0 ? "+" : "−") + rounded.replace("-", "");
  };
  const administration = (entry, ofAll) => {
    const [id, repeat, order, answers, note, form] = entry;
    const [named, edition] = form < 0 ? ["", ""] : embedded.forms[form];
    const instrument = embedded.instruments[edition] ?? ofAll;
    const box = make("div", undefined, "sheet-row");
    const head = make("div", `${named ? `${named.replaceAll("_", " ")} · ` : ""}repeat ${repeat + 1}${note ? `, ${note}` : ""} · `);
    head.append(make("code", `emotionbench show ${id}`));
    box.append(head);
    const list = make("ol", undefined, "items");
    const shown = embedded.orders[order];
    [...answers].forEach((sign, index) => {
      const item = make("li", `${instrument.items[embedded.items.indexOf(shown[index])]} `);
      const value = embedded.signs[sign] ?? String(embedded.values.indexOf(sign) + instrument.lowest);
      item.append(make("b", value));
      list.append(item);
    });
    box.append(list);
    return box;
  };
  const situation = (row, block, subscale) => {
    const [key, , , , factor, n, changes, administrations] = row;
    const box = make("details", undefined, "situation");
    const head = make("summary");
    head.append(make("span", `${key.split("|")[1]} · ${factor} · n ${n}`, "id"));
    const index = Object.keys(block.subscales).indexOf(subscale);
    head.append(make("span", `${signed(changes[index])} points`, "moved"));
    head.append(make("p", embedded.texts[key] ?? "", "scene"));
    box.append(head);
    box.addEventListener("toggle", () => {
      if (box.open && box.children.length === 1) {
        box.append(...administrations.map((one) => administration(one, embedded.instruments[block.instrument])));
        if (!administrations.length) box.append(make("p", "No answers of this situation are embedded.", "how"));
      }
    }, { once: false });
    return box;
  };
  const belongs = {
    factor: (row, of) => row[3] === of && row[1] === "evoking",
    emotion: (row, of) => row[2] === of && row[1] === "evoking",
    overall: (row) => row[1] === "evoking",
    control: (row, of) => row[1] === of,
  };
  const open = (block, key) => {
    const [kind, of, subscale] = key.split("|");
    const sheet = make("div", undefined, "sheet");
    const header = make("header");
    const title = make("div");
    const label = kind === "default" ? (block.situations.length ? "Default" : "Scores") : block.labels[`${kind}|${of}|`];
    title.append(make("h2", `${label}, ${block.subscales[subscale].toLowerCase()}`));
    title.append(make("p", `${block.respondent} (${block.kind}) · ${block.setting}`, "setting"));
    const close = make("button", "Close", "close");
    close.type = "button";
    close.addEventListener("click", () => dialog.close());
    header.append(title, close);
    sheet.append(header);
    if (kind === "default") {
      sheet.append(make("p", `The answers before imagining anything${block.baseline.length < block.n_baseline ? `: ${block.baseline.length} of ${block.n_baseline} administrations, drawn with a fixed seed` : ""}.`, "how"));
      sheet.append(...block.baseline.map((one) => administration(one, embedded.instruments[block.instrument])));
    } else {
      sheet.append(make("p", block.contrasts[key] ?? "", "how"));
      const rows = block.situations.filter((row) => belongs[kind](row, of));
      const index = Object.keys(block.subscales).indexOf(subscale);
      rows.sort((a, b) => Math.abs(b[6][index] ?? 0) - Math.abs(a[6][index] ?? 0));
      sheet.append(...rows.map((row) => situation(row, block, subscale)));
    }
    dialog.replaceChildren(sheet);
    dialog.showModal();
    dialog.scrollTop = 0;
  };
  for (const cell of document.querySelectorAll("[data-key]")) {
    const block = embedded.blocks[Number(cell.closest("[data-block]").dataset.block)];
    const value = cell.querySelector(".value");
    if (!block || !value) continue;
    const button = make("button", value.textContent, "drill");
    button.type = "button";
    button.title = "Show situations and answers";
    button.addEventListener("click", () => open(block, cell.dataset.key));
    value.replaceChildren(button);
  }
  dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });

  // where one is, in the contents
  const links = new Map([...document.querySelectorAll(".contents a")].map((a) => [a.hash.slice(1), a]));
  const seen = new IntersectionObserver((entries) => {
    for (const entry of entries) {
      if (!entry.isIntersecting) continue;
      links.forEach((a) => a.classList.remove("here"));
      links.get(entry.target.id)?.classList.add("here");
    }
  }, { rootMargin: "-10% 0px -75% 0px" });
  for (const id of links.keys()) {
    const section = document.getElementById(id);
    if (section) seen.observe(section);
  }

  const phone = matchMedia("(max-width: 1040px)");
  const contents = document.querySelector(".contents details");
  const fold = () => { contents.open = !phone.matches; };
  phone.addEventListener("change", fold);
  fold();
  addEventListener("beforeprint", () => {
    document.querySelectorAll("details.respondent").forEach((one) => { one.open = true; });
  });
})();
