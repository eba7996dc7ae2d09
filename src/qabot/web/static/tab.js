// The tab in Teams signs in by itself: Teams gives a token, the server checks it and answers with where to go.
"use strict";

(async () => {
  const base = new URL(document.querySelector("script[src*='/static/tab.js']").src).pathname
    .replace(/\/static\/[^/]*$/, "");
  const state = document.getElementById("tab-state");
  const inTeams = window.parent !== window || "nativeInterface" in window;
  if (!inTeams) {
    location.replace(`${base}/`); // opened on its own: the usual way to sign in
    return;
  }
  try {
    const { app, authentication } = window.microsoftTeams;
    await app.initialize();
    const token = await authentication.getAuthToken();
    const to = new URLSearchParams(location.search).get("to") || "/";
    const answer = await fetch(`${base}/tab/sign-in?${new URLSearchParams({ to })}`, {
      method: "POST",
      headers: { Authorization: `Bearer ${token}` },
    });
    const said = answer.headers.get("content-type")?.startsWith("application/json") ? await answer.json() : {};
    if (said.to) {
      location.replace(`${base}${said.to}`);
      return;
    }
    state.textContent = said.sentence || "qabot is busy just now. Please open the tab again in a moment.";
  } catch {
    state.textContent = "Teams did not say who you are. Please open the tab again, or open qabot in the browser.";
  }
})();
