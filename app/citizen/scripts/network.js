// A page of which nothing is kept: a worker only says so where there is no network.
const scope = location.pathname.slice(0, 3);
navigator.serviceWorker?.register("/k/sw.js", { scope }).catch(() => {});
