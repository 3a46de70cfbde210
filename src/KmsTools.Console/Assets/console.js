// What a page cannot do without a script; every page works without it too.
"use strict";

// <tbody data-live="URL">: new rows come first, every two seconds while the page is visible and nobody has stopped it. The answer names the
// next URL in its header X-Next.
for (const rows of document.querySelectorAll("[data-live]")) {
    const stop = document.querySelector("[data-live-stop]");
    let url = rows.dataset.live;
    let stopped = false;
    stop?.addEventListener("click", () => {
        stopped = !stopped;
        stop.setAttribute("aria-pressed", String(stopped));
        stop.textContent = stopped ? "Continue" : "Pause";
    });
    if (stop) {
        stop.hidden = false;
    }
    setInterval(async () => {
        if (stopped || document.hidden) {
            return;
        }
        try {
            const answer = await fetch(url, { redirect: "error", headers: { "X-Live": "1" } });
            if (!answer.ok) {
                return;
            }
            url = answer.headers.get("X-Next") ?? url;
            const html = await answer.text();
            if (html.trim()) {
                rows.insertAdjacentHTML("afterbegin", html);
                while (rows.rows.length > 500) {
                    rows.deleteRow(-1);
                }
            }
        } catch {
            // The endpoint is away, or the session has ended: the next look may find it again.
        }
    }, 2000);
}

// <button data-copy="ID">: copies the text of an element.
for (const button of document.querySelectorAll("[data-copy]")) {
    button.hidden = false;
    button.addEventListener("click", async () => {
        await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent.trim());
        button.textContent = "Copied";
    });
}
