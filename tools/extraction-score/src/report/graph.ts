import dagre from '@dagrejs/dagre';
import type { Link, ModuleScore, ScoreResult } from '../model.ts';
import { escape } from './escape.ts';

const MOST_BOXES = 16;
/** Below it letters are too small to read; the picture scrolls instead. */
const SMALLEST_SCALE = 0.7;
const BOX = { width: 150, height: 48 };
const GAP = { across: 24, down: 26, around: 16 };
const LEAST_WIDTH = 1100;

/** The modules as boxes, who needs whom as arrows from left to right; those that nobody in the picture needs stand below. */
export function graph(result: ScoreResult): string {
  const shown = chosen(result);
  const names = new Set(shown.map((m) => m.name));
  const links = result.links.filter((l) => names.has(l.from) && names.has(l.to));
  const linked = shown.filter((m) => links.some((l) => l.from === m.name || l.to === m.name));
  const layout = new dagre.graphlib.Graph({ multigraph: true });
  layout.setGraph({ rankdir: 'LR', nodesep: 26, ranksep: 90, edgesep: 14, marginx: 16, marginy: 16 });
  layout.setDefaultEdgeLabel(() => ({}));
  for (const m of linked) layout.setNode(m.name, { width: boxWidth(m.name), height: BOX.height });
  for (const l of links) layout.setEdge(l.from, l.to, { weight: l.calls + l.imports }, 'link');
  dagre.layout(layout);
  const size = linked.length > 0 ? layout.graph() : { width: 0, height: 0 };
  const alone = rows(
    shown.filter((m) => !linked.includes(m)),
    Math.max(LEAST_WIDTH, size.width ?? 0),
    size.height ?? 0,
  );
  const width = Math.max(size.width ?? 0, alone.width);
  const edges = links.map((l) => edge(l, layout.edge(l.from, l.to, 'link') as { points: Point[] }));
  const boxes = [
    ...linked.map((m) => box(m, layout.node(m.name) as Point & { width: number }, result.modules.length)),
    ...alone.places.map(([m, at]) => box(m, at, result.modules.length)),
  ];
  return `<svg viewBox="0 0 ${Math.ceil(width)} ${Math.ceil(alone.bottom)}" style="max-width:${Math.ceil(width)}px;min-width:${Math.ceil(width * SMALLEST_SCALE)}px" role="img" aria-label="Modules and who depends on whom">
<defs>${['need', 'tell', 'table'].map((c) => `<marker id="a-${c}" class="${c}" viewBox="0 0 8 8" refX="7" refY="4" markerUnits="userSpaceOnUse" markerWidth="11" markerHeight="11" orient="auto"><path d="M0 0L8 4L0 8z"/></marker>`).join('')}</defs>
${edges.join('\n')}
${boxes.join('\n')}
</svg>`;
}

/** All modules where they fit; else the first, the last, and those that most depend on each other. */
function chosen({ modules, links }: ScoreResult): readonly ModuleScore[] {
  if (modules.length <= MOST_BOXES) return modules;
  const weight = (m: ModuleScore) =>
    links.filter((l) => l.from === m.name || l.to === m.name).reduce((sum, l) => sum + l.calls + l.imports, 0);
  const ends = [...modules.slice(0, 5), ...modules.slice(-3)];
  const others = modules.filter((m) => !ends.includes(m)).sort((a, b) => weight(b) - weight(a) || a.rank - b.rank);
  const kept = new Set([...ends, ...others.slice(0, MOST_BOXES - ends.length)]);
  return modules.filter((m) => kept.has(m));
}

/** Boxes without arrows, side by side below the rest. */
function rows(modules: readonly ModuleScore[], limit: number, top: number) {
  let x: number = GAP.around;
  let y = top + GAP.around + BOX.height / 2;
  let width = 0;
  const places = modules.map((m): [ModuleScore, Point & { width: number }] => {
    const own = boxWidth(m.name);
    if (x + own + GAP.around > limit) {
      x = GAP.around;
      y += BOX.height + GAP.down;
    }
    const at = { x: x + own / 2, y, width: own };
    x += own + GAP.across;
    width = Math.max(width, x);
    return [m, at];
  });
  return { places, width, bottom: modules.length > 0 ? y + BOX.height / 2 + GAP.around : top };
}

interface Point {
  readonly x: number;
  readonly y: number;
}

const boxWidth = (name: string) => Math.max(BOX.width, name.length * 8.2 + 24);

function box(m: ModuleScore, at: Point & { width: number }, count: number): string {
  const x = at.x - at.width / 2;
  const y = at.y - BOX.height / 2;
  const third = m.rank <= Math.ceil(count / 3) ? 'early' : m.rank > Math.floor((2 * count) / 3) ? 'late' : 'middle';
  return `<a href="#m-${escape(m.name)}"><g class="box ${third}"><title>${escape(m.summary.join(' '))}</title><rect x="${x.toFixed(1)}" y="${y.toFixed(1)}" width="${at.width}" height="${BOX.height}" rx="6"/>
<text x="${at.x.toFixed(1)}" y="${(at.y - 4).toFixed(1)}" class="name">${escape(m.name)}</text><text x="${at.x.toFixed(1)}" y="${(at.y + 14).toFixed(1)}">#${m.rank} · score ${m.score.toFixed(1)}</text></g></a>`;
}

function edge(l: Link, line: { points: Point[] }): string {
  const kind = l.tables.length > 0 ? 'table' : l.calls > 0 && l.oneWay === l.calls ? 'tell' : 'need';
  const width = Math.min(5, 1 + Math.log2(1 + l.calls + l.imports / 2));
  const points = line.points.map((p) => `${p.x.toFixed(1)} ${p.y.toFixed(1)}`);
  const path = `M${points[0]}${smooth(line.points)}`;
  const says = `${l.from} -> ${l.to}: ${l.imports} imports, ${l.calls} calls, ${l.oneWay} of them need no answer${l.tables.length > 0 ? `; tables in common: ${l.tables.join(', ')}` : ''}`;
  return `<path class="edge ${kind}" d="${path}" stroke-width="${width.toFixed(1)}" marker-end="url(#a-${kind})"><title>${escape(says)}</title></path>`;
}

/** A line through the points without corners: quadratic curves between their middles. */
function smooth(points: readonly Point[]): string {
  const at = (p: Point) => `${p.x.toFixed(1)} ${p.y.toFixed(1)}`;
  const rest = points.slice(1);
  return rest
    .map((p, i) => {
      const next = rest[i + 1];
      return next ? `Q${at(p)} ${at({ x: (p.x + next.x) / 2, y: (p.y + next.y) / 2 })}` : `L${at(p)}`;
    })
    .join('');
}
