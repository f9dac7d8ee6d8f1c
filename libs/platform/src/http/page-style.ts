/** The style sheet of every page: light and dark by the reader's preference, nothing from elsewhere. */
export const pageStyle = `
:root { color-scheme: light dark;
  --page: light-dark(#f6f7f8, #0c1015); --surface: light-dark(#ffffff, #12171e); --line: light-dark(#dfe4e9, #2a333e);
  --text: light-dark(#1b2430, #e8edf3); --faint: light-dark(#5a6675, #9ba8b7);
  --accent: light-dark(#0f766e, #5eead4); --on-accent: light-dark(#ffffff, #0c1015);
  --bad: light-dark(#b42318, #ff9b8f); --bad-soft: light-dark(#fdeceb, #3a1d1b); }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--text); font: 15px/1.5 system-ui, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif; }
a { color: var(--accent); }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
header { display: flex; gap: .5rem 1.5rem; align-items: center; flex-wrap: wrap; justify-content: space-between; padding: .6rem 1.25rem; background: var(--surface); border-bottom: 1px solid var(--line); }
header form { display: flex; gap: .75rem; align-items: center; margin: 0; }
main { max-width: 70rem; margin: 0 auto; padding: 1.25rem; }
h1 { font-size: 1.4rem; margin: 0 0 .25rem; }
h2 { font-size: 1.05rem; margin: 0; }
p { margin: .25rem 0; }
.faint { color: var(--faint); }
.card { background: var(--surface); border: 1px solid var(--line); border-radius: 10px; margin: 1.25rem 0 0; padding: 1rem; overflow: hidden; }
.narrow { max-width: 24rem; margin: 8vh auto 0; padding: 1.5rem; }
.notice { border: 1px solid var(--bad); background: var(--bad-soft); border-radius: 10px; padding: .6rem .9rem; margin: 1rem 0; }
label { display: block; font-size: .85rem; color: var(--faint); }
input, select, button { font: inherit; padding: .45rem .7rem; border-radius: 8px; border: 1px solid var(--faint); background: var(--surface); color: var(--text); }
label > input, label > select { display: block; height: 2.4rem; margin-top: .2rem; color: var(--text); font-size: 15px; }
.narrow label { margin-top: 1rem; }
.narrow input, .narrow button { width: 100%; }
.narrow button { margin-top: 1.25rem; }
button { background: var(--accent); border-color: var(--accent); color: var(--on-accent); font-weight: 600; cursor: pointer; }
button.plain { background: none; color: var(--accent); padding: .25rem .6rem; }
.asked { display: flex; flex-wrap: wrap; gap: .75rem; align-items: end; margin: 1rem 0 .5rem; }
.links { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; margin: .5rem 0 0; padding: 0; list-style: none; font-size: .9rem; }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(11.5rem, 1fr)); gap: 1rem; margin: 1.25rem 0 0; padding: 0; list-style: none; }
.figures li { background: var(--surface); border: 1px solid var(--line); border-radius: 10px; padding: .8rem 1rem; overflow-wrap: anywhere; }
.figures b { display: block; font-size: 1.3rem; line-height: 1.25; font-variant-numeric: tabular-nums; }
picture, picture img { display: block; max-width: 100%; height: auto; }
.shown { padding: .5rem 0 1rem; }
.shown details, .shown .links, .shown h2, .shown .notice { margin-inline: 16px; }
details { margin-top: .75rem; }
summary { cursor: pointer; color: var(--accent); }
.scroll { overflow: auto; max-height: 26rem; margin-top: .5rem; }
table { width: 100%; border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: .35rem .75rem; border-bottom: 1px solid var(--line); white-space: nowrap; }
thead th { position: sticky; top: 0; background: var(--surface); color: var(--faint); font-weight: 500; font-size: .85rem; }
td.number, th.number { text-align: right; }
@media (max-width: 40rem) { main { padding: 1rem .6rem; } header { padding: .6rem .75rem; } .card:not(.shown):not(.narrow) { padding: .6rem; } }
`;
