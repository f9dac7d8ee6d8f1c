/** Light and dark by the reader's preference, no fonts or pictures from elsewhere. */
export const styleSheet = `
:root {
  color-scheme: light dark;
  --page: light-dark(#f6f7f8, #101418);
  --surface: light-dark(#ffffff, #181e24);
  --line: light-dark(#e1e5e9, #2a323b);
  --text: light-dark(#1b2430, #e4e9ee);
  --faint: light-dark(#66717e, #93a0ad);
  --accent: light-dark(#0f766e, #5eead4);
  --good: light-dark(#15803d, #6ee7a0);
  --bad: light-dark(#b42318, #ff9b8f);
  --bad-soft: light-dark(#fdeceb, #3a1d1b);
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--text); font: 15px/1.5 system-ui, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif; }
a { color: var(--accent); }
header { padding: .75rem 1.5rem; background: var(--surface); border-bottom: 1px solid var(--line); color: var(--faint); }
.brand strong { color: var(--text); margin-right: .35rem; }
main { max-width: 80rem; margin: 0 auto; padding: 1.5rem; }
h1 { font-size: 1.35rem; margin: 0 0 1rem; }
.faint { color: var(--faint); font-size: .85rem; }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(13rem, 1fr)); gap: 1rem; margin-bottom: 1.25rem; }
.figure, .card { background: var(--surface); border: 1px solid var(--line); border-radius: 10px; }
.figure { padding: .9rem 1rem; color: var(--faint); }
.figure b { display: block; font-size: 1.5rem; line-height: 1.2; color: var(--text); font-variant-numeric: tabular-nums; }
.card { margin-bottom: 1.25rem; }
.card > .empty, summary { padding: 1rem; color: var(--faint); }
summary { cursor: pointer; }
.scroll { overflow-x: auto; }
table { width: 100%; border-collapse: collapse; }
th, td { text-align: left; padding: .5rem .8rem; border-bottom: 1px solid var(--line); vertical-align: top; }
tr:last-child > td { border-bottom: 0; }
th { color: var(--faint); font-weight: 500; font-size: .85rem; white-space: nowrap; }
.number { text-align: right; font-variant-numeric: tabular-nums; }
time, .nowrap, .number { white-space: nowrap; font-variant-numeric: tabular-nums; }

code { font: 13px/1.55 ui-monospace, 'SF Mono', Menlo, Consolas, 'DejaVu Sans Mono', monospace; }
.badge { display: inline-block; padding: 0 .5rem; border-radius: 999px; font-size: .8rem; border: 1px solid currentColor; color: var(--faint); }
.badge.good { color: var(--good); }
.badge.bad { color: var(--bad); }
.notice { border: 1px solid var(--bad); background: var(--bad-soft); border-radius: 10px; padding: .8rem 1rem; }
`;

/** Fetches the page again when the ledger has changed, at most once a second, and leaves what a reader has opened alone. */
export const script = `
const main = document.querySelector('main');
let due = false;
const refresh = async () => {
  due = false;
  if (document.hidden || document.getSelection()?.toString()) return;
  const answer = await fetch('/').catch(() => undefined);
  if (!answer?.ok) return;
  const open = main.querySelector('details').open;
  main.innerHTML = new DOMParser().parseFromString(await answer.text(), 'text/html').querySelector('main').innerHTML;
  main.querySelector('details').open = open;
};
new EventSource('/changes').addEventListener('message', () => {
  if (due) return;
  due = true;
  setTimeout(refresh, 1000);
});
`;
