// What the pages can do without, done a little better: clocks count, the page
// of an incident refreshes itself. No page needs this file.
"use strict";
(() => {
  const body = document.body;
  const offset = Date.parse(body.dataset.now) - Date.now(); // the server's clock counts
  const frozen = body.dataset.replayed !== undefined;

  // duration writes the two largest units, as the server does.
  function duration(seconds, day) {
    const parts = [];
    for (const [size, name] of [[86400, day], [3600, "h"], [60, "min"], [1, "s"]]) {
      const n = Math.floor(seconds / size);
      if (n > 0) {
        parts.push(n + " " + name);
        seconds -= n * size;
      } else if (parts.length > 0) {
        break;
      }
      if (parts.length === 2) {
        break;
      }
    }
    return parts.join(" ") || "0 s";
  }

  function count() {
    const now = Math.floor((Date.now() + offset) / 1000);
    for (const e of document.querySelectorAll("[data-due]")) {
      const left = Math.floor(Date.parse(e.dataset.due) / 1000) - now;
      const say = left > 0 ? e.dataset.left : e.dataset.over;
      e.textContent = say.replace("{}", duration(Math.abs(left), e.dataset.day));
    }
  }
  if (!frozen) {
    count();
    setInterval(count, 1000);
  }

  const live = document.getElementById("live");
  if (live === null) {
    return;
  }

  // touched tells whether somebody is writing: then nothing is replaced.
  function touched() {
    const inside = live.contains(document.activeElement) ? document.activeElement : null;
    if (inside !== null && inside.matches("input, textarea, select")) {
      return true;
    }
    return Array.from(live.querySelectorAll("textarea, input[type=text], input[type=file], input[type=date]"))
      .some((e) => e.value !== e.defaultValue);
  }

  function replace(html) {
    const open = Array.from(live.querySelectorAll("details[open][id]"), (d) => d.id);
    const focus = live.contains(document.activeElement) ? document.activeElement.id : "";
    const list = live.querySelector(".tall");
    const scroll = list === null ? 0 : list.scrollTop;
    live.replaceChildren(...html.body.childNodes);
    for (const id of open) {
      document.getElementById(id)?.setAttribute("open", "");
    }
    if (focus !== "") {
      document.getElementById(focus)?.focus();
    }
    const after = live.querySelector(".tall");
    if (after !== null) {
      after.scrollTop = scroll;
    }
    if (!frozen) {
      count();
    }
  }

  async function refresh() {
    if (document.hidden) {
      return;
    }
    const answer = await fetch(live.dataset.url, { credentials: "same-origin", redirect: "error" });
    if (!answer.ok) {
      return;
    }
    const html = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = html.querySelector(".case");
    if (fresh === null || fresh.dataset.state === live.querySelector(".case")?.dataset.state) {
      return;
    }
    if (touched()) {
      document.getElementById("changed").hidden = false;
      return;
    }
    replace(html);
  }
  setInterval(() => refresh().catch(() => {}), 4000); // the next round tries again

  // A link into something folded unfolds it; that of the next decision also
  // opens the form that it leads to.
  function reveal(hash) {
    const part = hash === "" ? null : document.getElementById(hash.slice(1));
    part?.closest("details")?.setAttribute("open", "");
    return part;
  }
  reveal(location.hash)?.scrollIntoView();
  document.addEventListener("click", (e) => {
    const link = e.target.closest("a[href^='#']");
    const part = link === null ? null : reveal(link.hash);
    if (link?.closest(".decision")) {
      part?.querySelector("details:not([open])[id^='do-']")?.setAttribute("open", "");
    }
  });
})();
