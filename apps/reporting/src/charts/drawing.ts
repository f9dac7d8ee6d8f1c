import { escaped } from '@atlas/platform';
import { BarChart, LineChart } from 'echarts/charts';
import { GridComponent, LegendComponent } from 'echarts/components';
import { type EChartsCoreOption, init, use } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';

use([BarChart, LineChart, GridComponent, LegendComponent, SVGRenderer]);

export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface Drawing extends Size {
  readonly option: EChartsCoreOption;
  /** What the mark of an entry says to a reader who points at it or hears the picture read. */
  readonly markTitle: (series: number, entry: number) => string;
  /** Of this drawing alone in its document: ids inside begin with it. */
  readonly id: string;
}

/**
 * Draws with ECharts on the server: an SVG fragment without its outer element, in the coordinates 0..width, 0..height. It is the
 * same text for the same input, and has no style elements or attributes, which a content security policy would refuse.
 */
export function draw({ option, width, height, markTitle, id }: Drawing): string {
  const chart = init(null, null, { renderer: 'svg', ssr: true, width, height });
  try {
    chart.setOption({ animation: false, ...option });
    return (
      inner(chart.renderToSVGString())
        .replace(/<style[\s\S]*?<\/style>/g, '')
        // ECharts numbers its charts through the life of the process.
        .replace(/\bzr\d+-/g, `${id}-`)
        .replace(/ class="[^"]*"| pointer-events="[^"]*"/g, '')
        .replace(/ style="([^"]*)"/g, (_all, style: string) => attributesOf(style))
        .replace(
          / ecmeta_series_index="(\d+)" ecmeta_data_index="(\d+)" ecmeta_ssr_type="chart"(\s*)>/g,
          (_all, series: string, entry: string) =>
            `><title>${escaped(markTitle(Number(series), Number(entry)))}</title>`,
        )
        .replace(/ ecmeta_\w+="[^"]*"/g, '')
    );
  } finally {
    chart.dispose();
  }
}

/** Without the outer element and the invisible ground that it begins with. */
function inner(svg: string): string {
  return svg
    .replace(/^\s*<svg[^>]*>\s*(<rect[^>]*fill="none"[^>]*><\/rect>)?/, '')
    .replace(/<\/svg>\s*$/, '')
    .trim();
}

/** What ECharts writes as a style are properties that SVG has as attributes. */
function attributesOf(style: string): string {
  return style
    .split(';')
    .map((declaration) => declaration.split(':'))
    .map(([name, value]) => (name && value ? ` ${name.trim()}="${value.trim()}"` : ''))
    .join('');
}
