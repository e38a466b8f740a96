"""How the pages look: light and dark, wide and narrow, on paper."""

STYLE = """
:root {
  color-scheme: light dark;
  --page: #f5f6f8; --card: #ffffff; --text: #1b2530; --soft: #566473; --line: #d9dfe6;
  --link: #0b5c9c; --track: #e4e9ee; --warn: #fff4dc; --warn-line: #d9a441; --warn-text: #4b3506;
  --flag: #9c3b00; --curve: #0b5c9c; --low: #b3470a;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #12171d; --card: #1b232c; --text: #e4e9ee; --soft: #a3b1bf; --line: #34404c;
    --link: #7cc0f5; --track: #303b46; --warn: #33290f; --warn-line: #a67c1f;
    --warn-text: #f3dfae; --flag: #ffb07c; --curve: #7cc0f5; --low: #f59a5b;
  }
}
* { box-sizing: border-box; }
html { scroll-behavior: smooth; -webkit-text-size-adjust: 100%; }
body {
  margin: 0; background: var(--page); color: var(--text);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
}
main, header.top, footer { max-width: 1180px; margin: 0 auto; padding: 0 20px; }
header.top { padding-top: 28px; }
h1 { font-size: 1.7rem; line-height: 1.25; margin: 0 0 4px; overflow-wrap: anywhere; }
h2 { font-size: 1.2rem; margin: 0 0 8px; }
h3 { font-size: 1rem; margin: 0; overflow-wrap: anywhere; }
p { margin: 0 0 8px; max-width: 75ch; }
a { color: var(--link); }
.kicker { color: var(--soft); margin: 0 0 2px; font-size: .9rem; }
.told { color: var(--soft); }
section {
  background: var(--card); border: 1px solid var(--line); border-radius: 10px;
  padding: 18px 20px; margin: 18px 0;
}
.limits {
  background: var(--warn); border: 1px solid var(--warn-line); color: var(--warn-text);
  border-radius: 10px; padding: 14px 20px; margin: 18px 0;
}
.limits h2 { font-size: 1rem; margin-bottom: 4px; }
.limits ul { margin: 0; padding-left: 20px; }
.limits li { margin: 3px 0; max-width: 95ch; }
ul.facts {
  list-style: none; display: flex; flex-wrap: wrap; gap: 10px; margin: 16px 0 0; padding: 0;
}
ul.facts li {
  background: var(--card); border: 1px solid var(--line); border-radius: 10px;
  padding: 8px 16px; min-width: 116px;
}
ul.facts b { display: block; font-size: 1.4rem; line-height: 1.2; }
ul.facts span { color: var(--soft); font-size: .85rem; }
.cards {
  display: grid; gap: 14px; grid-template-columns: repeat(auto-fill, minmax(min(100%, 215px), 1fr));
}
.card {
  border: 1px solid var(--line); border-radius: 8px; overflow: hidden; scroll-margin-top: 12px;
  display: flex; flex-direction: column; background: var(--card);
}
.card:target { outline: 3px solid var(--link); }
.picture { background: #000; aspect-ratio: 1; display: block; width: 100%; }
.picture path { fill: none; vector-effect: non-scaling-stroke; }
.picture .halo { stroke: #000; stroke-width: 4.2px; stroke-opacity: .8; }
.given { stroke: #fff; stroke-width: 1.9px; }
.judge-box { stroke: #f0a01e; stroke-width: 2.1px; stroke-dasharray: 7 4; }
.judge-point { stroke: #5cc0f2; stroke-width: 2.3px; stroke-dasharray: 1 4.5;
  stroke-linecap: round; }
.no-given .given, .no-given .halo, .no-judge-box .judge-box,
.no-judge-point .judge-point { display: none; }
.about { padding: 9px 12px 11px; font-size: .88rem; }
.about p { margin: 2px 0 0; color: var(--soft); }
.about .score { margin: 3px 0 1px; }
.score { display: flex; align-items: center; gap: 8px; font-variant-numeric: tabular-nums; }
.score b { font-weight: 650; min-width: 2.3em; }
.score > i { flex: 1; min-width: 44px; height: 8px; border-radius: 4px; background: var(--track);
  overflow: hidden; }
.score > i > i { display: block; height: 100%; border-radius: 4px; min-width: 2px; }
.flag { color: var(--flag); font-weight: 650; }
.legend {
  display: flex; flex-wrap: wrap; gap: 6px 20px; margin: 2px 0 14px; font-size: .9rem;
}
.legend label, .legend span { display: inline-flex; align-items: center; gap: 7px; }
.legend svg { width: 46px; height: 18px; background: #20262d; border-radius: 4px; flex: none; }
.legend path { fill: none; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; }
th, td { text-align: left; padding: 5px 10px; border-bottom: 1px solid var(--line);
  vertical-align: middle; }
td { overflow-wrap: break-word; max-width: 26em; }
th { color: var(--soft); font-weight: 600; white-space: nowrap; }
th button { font: inherit; color: inherit; background: none; border: 0; padding: 2px 0;
  cursor: pointer; }
th button::after { content: " \\2195"; opacity: .45; }
th[aria-sort=ascending] button::after { content: " \\2191"; opacity: 1; }
th[aria-sort=descending] button::after { content: " \\2193"; opacity: 1; }
td.number { font-variant-numeric: tabular-nums; white-space: nowrap; }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
.charts { display: grid; gap: 22px;
  grid-template-columns: repeat(auto-fit, minmax(min(100%, 400px), 1fr)); }
figure { margin: 0; min-width: 0; }
figcaption { font-weight: 600; margin-bottom: 6px; }
figure p { color: var(--soft); font-size: .88rem; margin: 6px 0 0; }
svg.chart { display: block; width: 100%; height: auto; }
svg.chart text { fill: var(--soft); font-size: 13px; }
svg.chart .grid { stroke: var(--line); }
svg.chart .edge { stroke: var(--soft); stroke-opacity: .35; stroke-width: .6; }
svg.chart .mean { fill: none; stroke: var(--curve); stroke-width: 2.4; }
svg.chart .lowest { fill: none; stroke: var(--low); stroke-width: 2; stroke-dasharray: 6 4; }
svg.chart .mean-dot { fill: var(--curve); }
svg.chart .lowest-dot { fill: var(--low); }
svg.chart .limit { stroke: var(--flag); stroke-width: 1.5; stroke-dasharray: 2 3; }
.heat { display: grid; grid-template-columns: minmax(60px, auto) 1fr; gap: 2px 10px;
  align-items: center; font-size: .84rem; }
.heat span { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; max-width: 34vw; }
.heat img { width: 100%; height: 15px; image-rendering: pixelated; display: block;
  background: var(--track); border-radius: 2px; }
.scale { display: flex; align-items: center; gap: 8px; color: var(--soft); font-size: .85rem;
  margin: 10px 0 0; }
.scale img { width: 150px; height: 10px; border-radius: 3px; }
dl.terms { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 250px), 1fr));
  gap: 6px 24px; margin: 0; }
dl.terms div { display: flex; justify-content: space-between; gap: 12px; min-width: 0;
  border-bottom: 1px dotted var(--line); padding: 3px 0; }
dt { color: var(--soft); }
dd { margin: 0; text-align: right; overflow-wrap: anywhere; min-width: 5ch; }
details { margin: 0; }
details > summary { cursor: pointer; font-weight: 600; padding: 6px 0; }
ul.notes { margin: 14px 0 0; padding-left: 20px; }
footer { color: var(--soft); font-size: .9rem; padding-bottom: 36px; }
@media (max-width: 520px) {
  main, header.top, footer { padding-left: 12px; padding-right: 12px; }
  section, .limits { padding: 14px; }
  h1 { font-size: 1.35rem; }
  ul.facts li { flex: 1 1 40%; min-width: 0; padding: 8px 12px; }
  ul.facts b { font-size: 1.2rem; }
  th, td { padding: 5px 7px; }
  .cards { grid-template-columns: repeat(auto-fill, minmax(min(100%, 165px), 1fr)); gap: 10px; }
}
@media print {
  :root { --page: #fff; --card: #fff; --text: #000; --soft: #333; --line: #bbb; --track: #ddd;
    --warn: #fff; --warn-text: #000; --link: #000; --flag: #000; --curve: #000; --low: #555; }
  body { font-size: 10.5pt; }
  body, i, img, svg { -webkit-print-color-adjust: exact; print-color-adjust: exact; }
  section, .limits, ul.facts li { border-color: #999; }
  .card, figure, tr, .limits, ul.facts { break-inside: avoid; }
  h2 { break-after: avoid; }
  .cards { grid-template-columns: repeat(4, 1fr); }
  .scroll { overflow: visible; }
  th button::after { content: ""; }
  th[aria-sort] button::after { content: ""; }
  .legend input { display: none; }
}
"""
