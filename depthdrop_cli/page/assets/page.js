// Chooses, prices and drops files, and updates cards from the server's events. Every text from a file is escaped by
// the server, or set as text here.
(() => {
  "use strict";

  const one = (selector, root = document) => root.querySelector(selector);
  const say = (text) => { one("[data-announce]").textContent = text; };

  const post = async (address, body, type = "application/octet-stream") => {
    const headers = { "content-type": type, "x-depthdrop-token": one("meta[name=token]").content };
    const answer = await fetch(address, { method: "POST", headers, body });
    const text = await answer.text();
    let data = {};
    try { data = JSON.parse(text); } catch { data = { error: text.trim() }; }
    if (!answer.ok) throw new Error(data.error || `The server answered ${answer.status}.`);
    return data;
  };

  // ---- dropping

  const form = one("[data-drop]");
  const chosen = new Map(); // by name, so that a file chosen twice counts once
  let draft = null; // the server's draft of these files, until the choice changes
  let busy = false;

  const show = () => {
    const list = one("[data-chosen]", form);
    list.querySelectorAll("img").forEach((image) => URL.revokeObjectURL(image.src));
    list.replaceChildren(...[...chosen.values()].map((file) => {
      const item = document.createElement("li");
      if (/^image\/(jpeg|png|webp)$/.test(file.type)) {
        const image = document.createElement("img");
        image.src = URL.createObjectURL(file);
        image.alt = "";
        item.append(image);
      }
      const name = document.createElement("span");
      name.textContent = file.name;
      const remove = document.createElement("button");
      remove.type = "button";
      remove.className = "plain small";
      remove.textContent = "Remove";
      remove.setAttribute("aria-label", `Remove ${file.name}`);
      remove.addEventListener("click", () => { chosen.delete(file.name); change(); });
      item.append(name, remove);
      return item;
    }));
    one("[data-words]", form).hidden = chosen.size === 0;
  };

  const change = () => {
    draft = null;
    one("[data-plan]", form).replaceChildren();
    show();
  };

  const choose = (files) => {
    for (const file of files) chosen.set(file.name, file);
    change();
    one("textarea", form).focus({ preventScroll: true });
  };

  const showError = (error) => {
    const message = document.createElement("p");
    message.className = "sentence";
    message.textContent = error.message;
    one("[data-plan]", form).replaceChildren(message);
  };

  const during = async (work) => {
    if (busy) return;
    busy = true;
    form.setAttribute("aria-busy", "true");
    try { await work(); } catch (error) { showError(error); } finally {
      busy = false;
      form.removeAttribute("aria-busy");
    }
  };

  const look = async () => {
    const texts = JSON.stringify({ prompt: form.elements.prompt.value, folder: form.elements.folder.value });
    if (draft === null) {
      const made = (await post(form.dataset.drop)).draft;
      let count = 0;
      for (const file of chosen.values()) {
        count += 1;
        one("[data-plan]", form).textContent = `Reading ${count} of ${chosen.size} …`;
        await post(`${form.dataset.drop}/${made}/files?name=${encodeURIComponent(file.name)}`, file);
      }
      draft = made;
    }
    const plan = await post(`${form.dataset.drop}/${draft}/look`, texts, "application/json");
    one("[data-plan]", form).innerHTML = plan.html;
    one("[data-pay]", form)?.focus();
  };

  // Shows the chosen file until the server can serve the picture.
  const preview = (card) => {
    const file = chosen.get(one("h2", card).textContent.trim());
    const blank = one(".blank", card);
    if (!file || !blank) return;
    const image = document.createElement("img");
    image.alt = "";
    image.addEventListener("load", () => URL.revokeObjectURL(image.src));
    image.addEventListener("error", () => image.replaceWith(blank));
    image.src = URL.createObjectURL(file);
    blank.replaceWith(image);
  };

  const pay = async (button) => {
    button.disabled = true;
    const done = await post(`${form.dataset.drop}/${draft}/drop`, JSON.stringify({ plan: button.dataset.pay }), "application/json");
    const found = document.createElement("template");
    found.innerHTML = done.html;
    for (const card of [...found.content.children].reverse()) {
      preview(card);
      put(card.id, card.dataset.place, card);
    }
    chosen.clear();
    form.reset();
    change();
    say(done.message);
    const first = one("[data-cards] > li");
    if (first) first.scrollIntoView({ block: "nearest" });
  };

  if (form) {
    one("#files", form).addEventListener("change", (event) => {
      choose(event.target.files);
      event.target.value = "";
    });
    form.addEventListener("submit", (event) => { event.preventDefault(); during(look); });
    form.addEventListener("input", (event) => {
      if (event.target.matches("textarea, [name=folder]")) one("[data-plan]", form).replaceChildren();
    });
    form.addEventListener("click", (event) => {
      const button = event.target.closest("[data-pay]");
      if (button && !button.disabled) during(() => pay(button));
      if (event.target.closest("[data-clear]")) { chosen.clear(); form.reset(); change(); }
    });
    const zone = one("[data-zone]", form);
    const holdsFiles = (event) => event.dataTransfer && [...event.dataTransfer.types].includes("Files");
    addEventListener("dragover", (event) => {
      if (!holdsFiles(event)) return;
      event.preventDefault();
      zone.classList.add("over");
    });
    addEventListener("dragleave", (event) => { if (!event.relatedTarget) zone.classList.remove("over"); });
    addEventListener("drop", (event) => {
      if (!holdsFiles(event)) return;
      event.preventDefault();
      zone.classList.remove("over");
      choose(event.dataTransfer.files);
    });
  }

  // ---- cards

  const cards = one("[data-cards]");
  const detail = one("[data-detail]");

  const count = () => {
    const empty = one("[data-empty]");
    if (empty) empty.hidden = cards.children.length > 0;
  };

  const made = (card) => Number(card.dataset.made);

  // A card replaces the one with its id, or the one of the picture that was just uploaded; otherwise it is inserted by
  // time, if that is on this page.
  const put = (id, place, card) => {
    const current = document.getElementById(id);
    const earlier = one(`[data-place="${place}"][data-state="uploaded"], [data-place="${place}"][data-state="waiting"]`, cards);
    if (current) {
      const link = current.contains(document.activeElement);
      current.replaceWith(card);
      if (link) one("a", card)?.focus({ preventScroll: true });
      if (earlier && earlier !== current) earlier.remove();
    } else if (earlier) {
      earlier.replaceWith(card);
    } else if (!("past" in cards.dataset)) {
      const older = [...cards.children].find((other) => made(other) <= made(card));
      if (older) older.before(card);
      else if (!one("[rel=next]")) cards.append(card);
    }
    count();
  };

  const fresh = async () => new DOMParser().parseFromString(await (await fetch(location.href)).text(), "text/html");

  const renew = async () => {
    const page = await fresh();
    const [totals, newer, list] = [one("[data-totals]"), one("[data-totals]", page), one("[data-cards]", page)];
    if (totals && newer) totals.replaceWith(newer);
    if (cards && list) cards.replaceChildren(...list.children);
    if (cards) count();
    if (detail) renewDetail(page);
  };

  const renewDetail = (page) => {
    const now = one("[data-detail]", page);
    if (!now) return;
    detail.replaceChildren(...now.children);
    detail.dataset.state = now.dataset.state;
    detail.dataset.group = now.dataset.group;
    detail.querySelectorAll("[data-compare] > input").forEach((range) => range.dispatchEvent(new Event("input", { bubbles: true })));
  };

  const onCard = (data) => {
    const found = document.createElement("template");
    found.innerHTML = data.html;
    const card = one(".card", found.content);
    if (cards) {
      if (document.getElementById(data.id)?.dataset.state !== data.state) {
        say(`${one("h2", card).textContent}: ${one(".state", card).firstChild.textContent.trim()}`);
      }
      put(data.id, data.place, card);
    } else if (detail && detail.dataset.detail === data.id) {
      return fresh().then(renewDetail);
    }
  };

  const onGone = (data) => {
    if (!cards) return;
    document.getElementById(data.id)?.remove();
    if (data.place) one(`[data-place="${data.place}"][data-state="uploaded"]`, cards)?.remove();
    count();
  };

  const onTotals = (data) => {
    const totals = one("[data-totals]");
    if (!totals) return;
    totals.outerHTML = data.html;
    one("#folders").replaceChildren(...data.folders.map((folder) => {
      const option = document.createElement("option");
      option.value = folder;
      return option;
    }));
  };

  let source = null;
  const lost = one("[data-lost]");
  const onProblem = (sentence) => {
    lost.textContent = sentence;
    lost.hidden = !sentence;
  };

  // A browser allows few connections per host: a hidden page keeps none.
  const listen = (address) => {
    if (source) source.close();
    if (document.hidden) return;
    source = new EventSource(address);
    let turn = Promise.resolve(); // one at a time: events wait until a page that is being fetched is applied
    const on = (name, act) => source.addEventListener(name, (event) => {
      turn = turn.then(() => act(JSON.parse(event.data))).catch(console.error);
    });
    source.addEventListener("open", () => onProblem(""));
    source.addEventListener("error", ({ target }) => {
      onProblem("Not connected; trying again …");
      if (target.readyState !== EventSource.CLOSED || target !== source) return;
      setTimeout(() => listen(address), 5000);
      fetch(location.href).then(async (answer) => { if (answer.status === 403) onProblem(await answer.text()); }, () => {});
    });
    on("card", onCard);
    on("gone", onGone);
    on("totals", onTotals);
    on("stale", renew);
    on("problem", (data) => onProblem(data.message));
  };

  // A missing picture is replaced by its name; errors do not bubble, so they are captured.
  const missing = (image) => {
    if (!image.closest(".card, .detail") || image.closest(".missing")) return;
    image.parentElement.classList.add("missing");
  };
  document.addEventListener("error", (event) => {
    if (event.target instanceof HTMLImageElement) missing(event.target);
  }, true);
  document.querySelectorAll(".card img, .detail img").forEach((image) => {
    if (image.complete && image.naturalWidth === 0 && image.currentSrc) missing(image);
  });

  if (cards) count();
  const place = cards || detail;
  if (place) {
    const go = () => listen(place.dataset.events);
    go();
    addEventListener("pageshow", (event) => { if (event.persisted) { renew(); go(); } });
    addEventListener("pagehide", () => { if (source) source.close(); });
    document.addEventListener("visibilitychange", go); // missed events are sent again
  }
})();
