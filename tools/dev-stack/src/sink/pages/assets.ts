/** The style sheet of every page: light and dark by the reader's preference, no fonts or pictures from elsewhere. */
export const styleSheet = `
:root {
  color-scheme: light dark;
  --page: light-dark(#f6f7f8, #101418);
  --surface: light-dark(#ffffff, #181e24);
  --line: light-dark(#e1e5e9, #2a323b);
  --text: light-dark(#1b2430, #e4e9ee);
  --faint: light-dark(#66717e, #93a0ad);
  --accent: light-dark(#0f766e, #5eead4);
  --accent-soft: light-dark(#e3f4f1, #14312f);
  --good: light-dark(#15803d, #6ee7a0);
  --bad: light-dark(#b42318, #ff9b8f);
  --bad-soft: light-dark(#fdeceb, #3a1d1b);
  --string: light-dark(#0b6b3a, #8fe3b0);
  --key: light-dark(#234f9d, #9dc1ff);
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--text); font: 15px/1.5 system-ui, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif; }
a { color: var(--accent); text-decoration: none; }
a:hover { text-decoration: underline; }
header { display: flex; gap: 2rem; align-items: center; flex-wrap: wrap; padding: .75rem 1.5rem; background: var(--surface); border-bottom: 1px solid var(--line); }
.brand { color: var(--faint); }
.brand strong { color: var(--text); margin-right: .35rem; }
header nav { display: flex; gap: .25rem; }
header nav a, .tabs a { padding: .3rem .7rem; border-radius: 6px; color: var(--text); }
header nav a[aria-current], .tabs a[aria-current] { background: var(--accent-soft); color: var(--accent); font-weight: 600; }
main { max-width: 74rem; margin: 0 auto; padding: 1.5rem; }
h1 { font-size: 1.35rem; margin: 0 0 1rem; overflow-wrap: anywhere; }
h2 { font-size: 1rem; margin: 0; }
p { margin: .25rem 0; }
.faint, .faint a { color: var(--faint); }
.card { background: var(--surface); border: 1px solid var(--line); border-radius: 10px; overflow: hidden; margin-bottom: 1.25rem; }
.card > .head { display: flex; justify-content: space-between; align-items: baseline; gap: 1rem; padding: .8rem 1rem; border-bottom: 1px solid var(--line); }
.card > .empty { padding: 1.25rem 1rem; color: var(--faint); }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(9.5rem, 1fr)); gap: 1rem; margin-bottom: 1.25rem; }
.figure { background: var(--surface); border: 1px solid var(--line); border-radius: 10px; padding: .9rem 1rem; color: var(--text); }
.figure b { display: block; font-size: 1.7rem; line-height: 1.2; font-variant-numeric: tabular-nums; }
.figure.bad b { color: var(--bad); }
.scroll { overflow-x: auto; }
table { width: 100%; border-collapse: collapse; }
th, td { text-align: left; padding: .5rem 1rem; border-bottom: 1px solid var(--line); vertical-align: top; }
tr:last-child > td, tr:last-child > th { border-bottom: 0; }
thead th { color: var(--faint); font-weight: 500; font-size: .85rem; white-space: nowrap; }
tbody tr:hover { background: color-mix(in srgb, var(--accent-soft) 45%, transparent); }
tr[aria-selected] { background: var(--accent-soft); }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; }
time, .nowrap { white-space: nowrap; font-variant-numeric: tabular-nums; }
.wrap { overflow-wrap: anywhere; }
code, pre { font: 13px/1.55 ui-monospace, 'SF Mono', Menlo, Consolas, 'DejaVu Sans Mono', monospace; }
.badge { display: inline-block; padding: 0 .5rem; border-radius: 999px; font-size: .8rem; white-space: nowrap; border: 1px solid currentColor; color: var(--faint); }
.badge.good { color: var(--good); }
.badge.bad { color: var(--bad); }
.notice { border: 1px solid var(--bad); background: var(--bad-soft); border-radius: 10px; padding: .8rem 1rem; margin-bottom: 1.25rem; }
.code { margin: 0; padding: 1rem; overflow: auto; white-space: pre-wrap; overflow-wrap: anywhere; }
.code .key { color: var(--key); }
.code .string { color: var(--string); }
.search { display: flex; gap: .5rem; margin-bottom: 1rem; }
input, button { font: inherit; padding: .45rem .75rem; border-radius: 8px; border: 1px solid var(--line); background: var(--surface); color: var(--text); }
input { flex: 1; max-width: 26rem; min-width: 0; }
button { background: var(--accent); border-color: var(--accent); color: var(--page); font-weight: 600; cursor: pointer; }
.tabs { display: flex; gap: .25rem; padding: .5rem; border-bottom: 1px solid var(--line); }
.tabs .push { margin-left: auto; white-space: nowrap; }
.facts th { width: 9rem; color: var(--faint); font-weight: 500; }
iframe { display: block; width: 100%; height: 44rem; border: 0; background: #fff; color-scheme: light; resize: vertical; }
.pager { display: flex; gap: 1.25rem; justify-content: center; padding: .25rem 0 1rem; font-variant-numeric: tabular-nums; }
.split { display: grid; grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); gap: 1.25rem; align-items: start; }
.split .detail { position: sticky; top: 1rem; max-height: calc(100vh - 2rem); overflow: auto; }
@media (max-width: 60rem) { .split { grid-template-columns: minmax(0, 1fr); } .split .detail { position: static; max-height: none; order: -1; } }
@media (max-width: 40rem) { main { padding: 1rem .75rem; } th, td { padding: .45rem .6rem; } header { gap: .5rem 1.5rem; padding: .6rem .75rem; } .facts th { width: 7rem; }
  .stacked, .stacked tbody, .stacked tr { display: block; } .stacked thead { display: none; }
  .stacked td { display: block; border: 0; padding-block: .1rem; text-align: left; } .stacked td:empty { display: none; }
  .stacked tr { padding: .5rem 0; border-bottom: 1px solid var(--line); } }
`;

/** Fetches a live page again when something arrives, at most once a second, and leaves a reader's selection alone. */
export const liveScript = `
const live = document.querySelector('main[data-live]');
if (live) {
  let due = false;
  const refresh = async () => {
    due = false;
    if (document.hidden || document.getSelection()?.toString() || live.contains(document.activeElement)) return;
    const answer = await fetch(location.href).catch(() => undefined);
    if (!answer?.ok) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html').querySelector('main');
    if (fresh) live.innerHTML = fresh.innerHTML;
  };
  new EventSource('/api/changes').addEventListener('message', () => {
    if (due) return;
    due = true;
    setTimeout(refresh, 1000);
  });
}
`;
