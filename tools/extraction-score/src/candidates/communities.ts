import { UndirectedGraph } from 'graphology';
import louvain from 'graphology-communities-louvain';

// Its types speak of `.default`, its code of the function itself.
const cluster = louvain as unknown as typeof louvain.default;

/**
 * Groups files that import each other more than they import the rest (Louvain, Blondel et al. 2008). The same files give
 * the same groups: the order of the walk is fixed.
 */
export function communities(
  files: readonly string[],
  edges: readonly (readonly [string, string])[],
): Map<string, number> {
  const graph = new UndirectedGraph();
  for (const file of files) graph.addNode(file);
  for (const [from, to] of edges) {
    if (from === to || !graph.hasNode(from) || !graph.hasNode(to)) continue;
    if (graph.hasEdge(from, to)) graph.updateEdgeAttribute(from, to, 'weight', (w: number | undefined) => (w ?? 1) + 1);
    else graph.addEdge(from, to, { weight: 1 });
  }
  if (graph.size === 0) return new Map(files.map((file, i) => [file, i]));
  return new Map(Object.entries(cluster(graph, { randomWalk: false, rng: () => 0.5 })));
}
