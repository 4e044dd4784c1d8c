// Copyright: (c) 2026, winops.rdp contributors. SPDX-License-Identifier: GPL-3.0-or-later
"use strict";
{
  const by = (id) => document.getElementById(id);
  const body = document.querySelector("#grid tbody");
  const rows = [...body.rows];
  const controls = ["search", "by-state", "by-cause", "by-windows", "by-finding"].map(by);
  const [search, byState, byCause, byWindows, byFinding] = controls;
  const dialog = by("host");
  const FIRST_CHECK = 3;
  const legend = JSON.parse(document.body.dataset.legend);
  const number = new Map(rows.map((row, index) => [row, index]));
  let order = rows;
  let texts; // what each row is searched by
  let known; // the data of the single hosts, read when the first one is opened

  document.documentElement.classList.add("js");

  // The grid has only the name of a Windows; its build is in the list to choose from.
  const system = (row) => byWindows.options[Number(row.dataset.w) + 1].text.replace(/ \([\d,]+\)$/, "");

  // --- filters ---------------------------------------------------------------------------------------------------

  function filter() {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    if (words.length && !texts) {
      texts = rows.map((row) => `${row.cells[0].textContent} ${row.cells[2].textContent} ${system(row)}`.toLowerCase());
    }
    const [state, cause, windows, finding] = [byState, byCause, byWindows, byFinding].map((one) => one.value);
    const column = FIRST_CHECK + parseInt(finding, 10);
    const letter = finding.slice(-1);
    let shown = 0;
    rows.forEach((row, index) => {
      const fits =
        (!state || row.className === state) &&
        (!cause || row.dataset.c === cause) &&
        (!windows || row.dataset.w === windows) &&
        (!finding || row.cells[column].className === letter) &&
        words.every((word) => texts[index].includes(word));
      row.hidden = !fits;
      shown += fits;
    });
    by("shown").textContent = `${shown.toLocaleString("en")} of ${rows.length.toLocaleString("en")} hosts`;
    by("none").hidden = shown > 0;
    by("reset").disabled = controls.every((control) => !control.value);
    for (const button of document.querySelectorAll("[data-show-state]")) {
      button.setAttribute("aria-pressed", String(button.dataset.showState === state));
    }
  }

  function only(control, value) {
    for (const one of controls) one.value = "";
    control.value = value;
    filter();
    by("hosts").scrollIntoView();
    by("hosts-title").focus({ preventScroll: true });
  }

  let waiting;
  search.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(filter, 60);
  });
  for (const control of controls.slice(1)) control.addEventListener("change", filter);
  by("reset").addEventListener("click", () => {
    for (const control of controls) control.value = "";
    filter();
    search.focus();
  });

  // --- sorting ---------------------------------------------------------------------------------------------------

  function rank(row, column) {
    if (column === 0) return number.get(row);
    if (column === 1) return Number(row.dataset.w);
    // Causes are numbered by state, the worst first.
    if (column === 2) return row.dataset.c === "-1" ? Infinity : Number(row.dataset.c);
    return legend.order.indexOf(row.cells[column].className);
  }

  function sort(button) {
    const column = Number(button.dataset.sort);
    const heading = button.parentElement;
    const turn = heading.getAttribute("aria-sort") === "ascending" ? -1 : 1;
    const keyed = rows.map((row) => [rank(row, column), row]);
    // Equal ones stay in the order of their names, whichever way the column goes.
    keyed.sort((one, other) => (one[0] === other[0] ? 0 : one[0] < other[0] ? -turn : turn));
    order = keyed.map(([, row]) => row);
    body.append(...order);
    for (const other of heading.parentElement.children) other.removeAttribute("aria-sort");
    heading.setAttribute("aria-sort", turn > 0 ? "ascending" : "descending");
  }

  // --- one host --------------------------------------------------------------------------------------------------

  function make(tag, attributes, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes || {})) element.setAttribute(name, value);
    element.append(...children.flat(3).filter((child) => child !== null && child !== undefined && child !== ""));
    return element;
  }

  const pairs = (list, kind) => make("dl", kind ? { class: kind } : {}, list.filter(([, value]) => value).map(([label, value]) => [make("dt", {}, label), make("dd", { class: "lines" }, value)]));
  const mark = (status) => make("span", { class: `pill is-${legend.letters[status]}` }, make("span", { class: "mark", "aria-hidden": "true" }, legend.marks[status]), ` ${status}`);
  const link = ([url, name]) => url && make("a", { class: "address", href: url, rel: "noreferrer" }, name);
  const table = (head, lines) => make("table", { class: "small" }, make("thead", {}, make("tr", {}, head.map((text) => make("th", { scope: "col" }, text)))), make("tbody", {}, lines.map((cells) => make("tr", {}, cells.map((cell, at) => make(at ? "td" : "th", at ? {} : { scope: "row" }, cell))))));

  function commands(list, outputs) {
    const items = list.map((line) => {
      const code = make("code", {}, line);
      const printed = line in outputs && make("details", {}, make("summary", {}, code), make("pre", { tabindex: "0" }, known.texts[outputs[line]] || "It printed nothing."));
      return make("li", {}, printed || code);
    });
    const all = make("ul", { class: "commands" }, items);
    return list.length > legend.mostCommands ? make("details", { class: "plain-fold" }, make("summary", {}, `${list.length} commands`), all) : all;
  }

  function finding(host, index) {
    const { check, status, summary, expected, found, fix, section, commands: number } = known.findings[index];
    const lines = known.commands[number];
    const cause = check === host.cause;
    const details = make(
      "details",
      { class: `finding${cause ? " is-cause" : ""}${legend.telling.includes(status) ? " tells" : ""}` },
      make("summary", {}, mark(status), make("span", { class: "check" }, check), make("span", { class: "says" }, summary, cause ? make("span", { class: "badge" }, "cause") : "")),
      make("div", { class: "body" }, pairs([["Expected", expected], ["Found", found], ["Fix", fix], ["Article", link(known.sections[section])], ["Look again", lines.length ? commands(lines, host.outputs || {}) : ""]])),
    );
    details.open = legend.telling.includes(status);
    return details;
  }

  function beforeAndAfter(host) {
    if (!host.before) return [];
    const now = Object.fromEntries((host.findings || []).map((index) => [known.findings[index].check, known.findings[index]]));
    const old = host.before.map((index) => known.findings[index]);
    const says = ({ status, summary }) => [mark(status), ` ${summary}`];
    const different = old.filter(({ check, status, summary }) => now[check]?.status !== status || now[check]?.summary !== summary);
    const lines = different.map((one) => [one.check, says(one), now[one.check] ? says(now[one.check]) : "not judged"]);
    const same = old.length - different.length;
    return [
      make("h3", {}, "Before and after the repair"),
      lines.length ? table(["Check", "Before", "After"], lines) : "",
      same ? make("p", { class: "quiet" }, `${same === old.length ? "All" : "The other"} ${same} findings are the same.`) : "",
    ];
  }

  function repairs(host) {
    if (!host.repairs && !host.refusals) return [];
    return [
      make("h3", {}, "Repairs"),
      (host.repairs || []).map(([check, values, lines, backup]) => [
        table([check, "Before", "After"], values),
        pairs([["Commands", lines.length ? commands(lines, {}) : ""], ["Saved in", backup]]),
      ]),
      (host.refusals || []).map((text) => make("p", {}, `Not repaired: ${text}`)),
    ];
  }

  function show(index) {
    known ||= JSON.parse(by("data").textContent);
    const host = known.hosts[index];
    const row = rows[index];
    const around = order.filter((one) => one === row || !one.hidden);
    const at = around.indexOf(row);
    const step = (to, text) => {
      const button = make("button", { type: "button", class: "plain" }, text);
      button.disabled = !around[to];
      button.addEventListener("click", () => open(around[to]));
      return button;
    };
    const close = make("button", { type: "button", class: "plain" }, "Close");
    close.addEventListener("click", () => dialog.close());
    const name = make("h2", { id: "host-name", tabindex: "-1" }, host.name);
    const facts = (host.facts || []).map((number) => known.facts[number]);
    const [was, before, why] = host.change || [];
    dialog.replaceChildren(
      make(
        "div",
        { class: `host-head ${row.className}` },
        name,
        make("div", { class: "buttons" }, step(at - 1, "← Previous"), step(at + 1, "Next →"), close),
        make("p", { class: "quiet" }, row.cells[2].firstElementChild.cloneNode(true), ` ${[system(row), host.time && `looked at ${host.time.replace("T", " ").replace("Z", " UTC")}`, host.source && `from ${host.source}`].filter(Boolean).join(" · ")}`),
      ),
      make(
        "div",
        { class: "host-body" },
        host.error ? make("p", { class: "next" }, host.error) : "",
        host.next ? make("p", { class: "next" }, make("b", {}, "Next step: "), host.next) : "",
        was ? make("p", {}, `${was[0].toUpperCase()}${was.slice(1)} since the older report${before ? ` (before: ${[before, why].filter(Boolean).join(", ")})` : ""}.`) : "",
        host.findings ? [make("h3", {}, "Findings, in the order of the article"), host.findings.map((one) => finding(host, one))] : "",
        beforeAndAfter(host),
        repairs(host),
        facts.length ? [make("h3", {}, "What else was seen"), pairs(facts, "wide")] : "",
      ),
    );
    if (!dialog.open) dialog.showModal();
    dialog.scrollTop = 0;
    name.focus();
  }

  function open(row) {
    // Without an entry in the history for each host: "back" leads out of the page.
    history.replaceState(null, "", row.cells[0].firstElementChild.getAttribute("href"));
    show(number.get(row));
  }

  function fromAddress() {
    if (!location.hash.startsWith("#host=")) return;
    const row = rows.find((one) => one.cells[0].firstElementChild.getAttribute("href") === location.hash);
    if (row) show(number.get(row));
  }

  dialog.addEventListener("close", () => {
    const link = rows.map((row) => row.cells[0].firstElementChild).find((one) => one.getAttribute("href") === location.hash);
    history.replaceState(null, "", "#hosts");
    link?.focus();
  });
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close();
  });

  // --- the whole page --------------------------------------------------------------------------------------------

  document.addEventListener("click", (event) => {
    const target = event.target.closest("[data-sort], [data-show-state], [data-show-cause], #grid tbody tr");
    if (!target) return;
    if (target.dataset.sort) sort(target);
    else if (target.dataset.showState) only(byState, byState.value === target.dataset.showState ? "" : target.dataset.showState);
    else if (target.dataset.showCause) only(byCause, target.dataset.showCause);
    else if (!event.ctrlKey && !event.metaKey && !event.shiftKey && !String(getSelection())) {
      event.preventDefault();
      open(target);
    }
  });
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || dialog.open) return;
    if (event.key === "/" && !event.target.matches("input, select, textarea")) {
      event.preventDefault();
      search.focus();
    }
    const row = event.target.closest("#grid tbody tr");
    const step = { ArrowDown: "nextElementSibling", ArrowUp: "previousElementSibling" }[event.key];
    if (!row || !step) return;
    let next = row[step];
    while (next?.hidden) next = next[step];
    if (next) {
      event.preventDefault();
      next.cells[0].firstElementChild.focus();
    }
  });
  // What is folded is printed, but for findings that are in order, and long lists of commands in the whole report.
  let unfolded = [];
  addEventListener("beforeprint", () => {
    unfolded = [...document.querySelectorAll("details:not([open])")].filter((one) => !one.matches(".finding:not(.tells), main .plain-fold"));
    for (const details of unfolded) details.open = true;
  });
  addEventListener("afterprint", () => {
    for (const details of unfolded) details.open = false;
  });
  addEventListener("hashchange", fromAddress);
  by("hosts-title").tabIndex = -1;
  filter();
  fromAddress();
}
