import type { EChartsCoreOption } from 'echarts/core';
import type { Colours } from './themes.ts';

/** One series over the intervals of a period: a value for each of them, null where there is none to show. */
export interface Series {
  readonly name: string;
  readonly values: readonly (number | null)[];
  readonly colour: string;
  /** What tells it from the others without its colour. */
  readonly look?: 'plain' | 'stripes' | 'dots' | 'dashed';
}

export interface PanelOptions {
  readonly ticks: readonly string[];
  readonly series: readonly Series[];
  readonly axisText: (value: number) => string;
  readonly colours: Colours;
  /** Whole numbers only: nobody has half an order. */
  readonly whole?: boolean;
}

/** With more steps than this a bar would be thinner than the gap beside it. */
const mostBars = 130;
/** With more steps than this the symbols of a line run into each other. */
const mostSymbols = 62;

/** Bars, on top of each other where there are several series; an area instead when there are too many for bars. */
export function barsOption(options: PanelOptions): EChartsCoreOption {
  if (options.ticks.length > mostBars) return linesOption({ ...options, stacked: true });
  return {
    ...frame(options),
    series: options.series.map(({ name, values, colour, look }) => ({
      ...{ name, type: 'bar', stack: 'all', data: values, barMaxWidth: 36, barCategoryGap: '25%' },
      itemStyle: { color: colour, decal: decalOf(look, options.colours) },
    })),
  };
}

/** Lines with what is below the first one filled lightly. A value holds until the next one where `steps` says so. */
export function linesOption(
  options: PanelOptions & { readonly steps?: boolean; readonly stacked?: boolean },
): EChartsCoreOption {
  const { steps, stacked, ticks } = options;
  return {
    ...frame(options),
    series: options.series.map(({ name, values, colour, look }, index) => ({
      ...{ name, type: 'line', data: values, step: steps ? 'middle' : false, connectNulls: !steps },
      ...(stacked && { stack: 'all' }),
      ...{ symbol: look === 'dashed' ? 'triangle' : 'circle', symbolSize: look === 'dashed' ? 8 : 6 },
      showSymbol: ticks.length <= mostSymbols,
      showAllSymbol: true,
      lineStyle: { color: colour, width: 2, type: look === 'dashed' ? 'dashed' : 'solid' },
      itemStyle: { color: colour, decal: stacked ? decalOf(look, options.colours) : null },
      ...((index === 0 || stacked) && { areaStyle: { color: colour, opacity: stacked ? 0.8 : 0.15 } }),
    })),
  };
}

function frame({ ticks, series, axisText, colours, whole }: PanelOptions): EChartsCoreOption {
  const text = { color: colours.quiet, fontSize: 12, fontFamily: 'system-ui, sans-serif' };
  const hasLegend = series.length > 1;
  return {
    grid: { left: 4, right: 12, top: hasLegend ? 34 : 12, bottom: 4, outerBoundsMode: 'same' },
    ...(hasLegend && {
      legend: {
        ...{ left: 0, top: 0, itemWidth: 22, itemHeight: 14, itemGap: 26, selectedMode: false },
        textStyle: { ...text, color: colours.ink },
      },
    }),
    xAxis: {
      ...{ type: 'category', data: ticks },
      axisLine: { lineStyle: { color: colours.quiet } },
      axisTick: { show: false },
      axisLabel: { ...text, hideOverlap: true },
    },
    yAxis: {
      ...{ type: 'value', splitNumber: 3, ...(whole && { minInterval: 1 }) },
      axisLabel: { ...text, formatter: axisText },
      splitLine: { lineStyle: { color: colours.line } },
    },
  };
}

function decalOf(look: Series['look'], { paper }: Colours): object | null {
  if (look === 'stripes') {
    return {
      symbol: 'rect',
      color: paper,
      symbolSize: 1,
      dashArrayX: [1, 0],
      dashArrayY: [2, 5],
      rotation: Math.PI / 4,
    };
  }
  if (look !== 'dots') return null;
  return {
    symbol: 'circle',
    color: paper,
    symbolSize: 0.7,
    dashArrayX: [
      [0, 6],
      [3, 3],
    ],
    dashArrayY: [3, 0],
  };
}
