// Everything works without this file. With it, what was just said is read out, the newest card is in view, and an open
// inbox shows what has come in meanwhile.
"use strict";

// Where qabot stands below a path of its host, this file does too. In the demo two tabs can be two people, and the tab in
// Teams has pages of its own: the address says so.
const base = new URL(document.currentScript.src).pathname.replace(/\/static\/[^/]*$/, "");
const tab = base + (/^\/(as\/\d+|tab\/in)(?=\/)/.exec(location.pathname.slice(base.length)) || [""])[0];

// After the browser itself has gone to the card that the address names.
addEventListener("load", () => setTimeout(() => document.querySelector("[data-focus]")?.focus()));

for (const form of document.querySelectorAll("form[method=post]")) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "yes";
    setTimeout(() => delete form.dataset.sent, 5000);
  });
}
addEventListener("pageshow", () => document.querySelectorAll("[data-sent]").forEach((form) => delete form.dataset.sent));

const pause = (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));

async function redraw(chat) {
  const answer = await fetch(location.pathname + location.search, { credentials: "same-origin" });
  if (!answer.ok) {
    throw new Error(`the inbox could not be read (${answer.status})`);
  }
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page.getElementById("chat");
  if (fresh) {
    chat.replaceChildren(...fresh.childNodes);
    chat.dataset.seen = fresh.dataset.seen;
    document.title = page.title;
    document.querySelector("nav.nav")?.replaceWith(page.querySelector("nav.nav"));
  }
}

async function tell(chat, seen) {
  const bar = document.querySelector("[data-news]");
  if (!chat.contains(document.activeElement)) {
    await redraw(chat);
    bar.textContent = "The inbox has changed. You see the newest state.";
    return;
  }
  const link = document.createElement("a");
  link.href = `${tab}/inbox#newest`;
  link.textContent = "Show it";
  link.addEventListener("click", (event) => {
    event.preventDefault();
    redraw(chat).then(() => {
      bar.textContent = "You see the newest state.";
      document.getElementById("newest")?.scrollIntoView();
    }).catch(() => location.assign(link.href));
  });
  bar.replaceChildren("There is something new. ", link);
  chat.dataset.seen = seen;
}

async function watch(chat) {
  for (;;) {
    await pause(document.hidden ? 15 : 1);
    try {
      const answer = await fetch(`${tab}/inbox/changes?seen=${encodeURIComponent(chat.dataset.seen)}`);
      if (answer.redirected || [401, 403, 404].includes(answer.status)) {
        return; // whoever was signed in is not any more
      }
      const news = await answer.json(); // what is busy, or away, answers no JSON
      if (news.changed) {
        await tell(chat, news.seen);
      }
    } catch {
      await pause(15);
    }
  }
}

const chat = document.getElementById("chat");
if (chat) {
  watch(chat);
}
