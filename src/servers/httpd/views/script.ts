/**
 * The script of the page: puts each section that the server has drawn anew in its place, and says
 * whether the page is live. A stream that falls silent counts as lost: a mail server whose plug was
 * pulled says no goodbye. The browser itself reconnects, unless it was turned away.
 */
export const SCRIPT = `
const now = document.getElementById("now");
const asOf = () => now.dataset.at || now.textContent.replace("As of ", "");
let silence;
function lost() {
  now.className = "lost";
  now.textContent = "Not connected, as of " + asOf();
}
function heard(at) {
  now.className = "live";
  now.dataset.at = at;
  now.textContent = "Live, " + at;
  clearTimeout(silence);
  silence = setTimeout(lost, 40000);
}
function connect() {
  const events = new EventSource("/events");
  for (const section of document.querySelectorAll("[data-live]")) {
    events.addEventListener(section.id, (event) => section.innerHTML = event.data);
  }
  events.addEventListener("at", (event) => heard(event.data));
  events.onerror = () => {
    lost();
    if (events.readyState === EventSource.CLOSED) setTimeout(connect, 15000);
  };
}
connect();
if (location.search) history.replaceState(null, "", "/");
`;
