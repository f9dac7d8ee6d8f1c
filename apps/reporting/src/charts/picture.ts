import { escaped } from '@atlas/platform';
import { draw } from './drawing.ts';
import type { EChartsCoreOption } from 'echarts/core';
import { coloursOf, type Colours, type Theme, themeStyle } from './themes.ts';

/** How a picture is to look. */
export interface Look {
  readonly theme: Theme;
  /** In pixels, `leastWidth` to `mostWidth`: text keeps its size, so a phone gets a narrower picture and not a smaller one. */
  readonly width: number;
}

export const leastWidth = 280;
export const mostWidth = 2_000;
export const usualWidth = 800;

/** One chart of a picture, under a heading of its own. */
export interface Panel {
  readonly heading: string;
  /** The most important numbers, for those who want no more than them. */
  readonly detail: string;
  readonly option: EChartsCoreOption;
  readonly markTitle: (series: number, entry: number) => string;
}

export interface Picture {
  readonly title: string;
  /** The period. */
  readonly subtitle: string;
  readonly panels: readonly Panel[];
  /** What stands in place of the panels when there are none: what is missing, and what to do. */
  readonly empty: readonly string[];
  /** What did not fit. */
  readonly note?: string | undefined;
  /** How far the numbers reach. */
  readonly footer: string;
}

const [side, panelHeight, lineHeight] = [16, 168, 17];
/** How wide a character is at most on average, in parts of the font's size: there is no font here to measure with. */
const [charWidth, boldCharWidth] = [0.58, 0.66];

/**
 * The style sheet that a picture of the theme `auto` has inside, and pages need not allow any other. Also in an `<img>` it
 * follows the reader's system.
 */
export const pictureStyle = themeStyle('svg');

/** A complete SVG document: the same text for the same picture, look and version of ECharts. */
export function svgOf(picture: Picture, { theme, width }: Look): string {
  const colours = coloursOf(theme);
  const { parts, height } = layOut(picture, width, colours, draw);
  const description = descriptionOf(picture);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" ` +
      'role="img" aria-labelledby="title description" font-family="system-ui, sans-serif" lang="en">',
    `<title id="title">${escaped(`${picture.title}, ${picture.subtitle}`)}</title>`,
    `<desc id="description">${escaped(description)}</desc>`,
    ...(theme === 'auto' ? [`<style>${pictureStyle}</style>`] : []),
    `<rect width="${width}" height="${height}" fill="${colours.paper}"/>`,
    ...parts,
    '</svg>\n',
  ].join('\n');
}

/** How high a picture is at this width, without drawing it. */
export function heightOf(picture: Picture, width: number): number {
  return layOut(picture, width, coloursOf('auto'), () => '').height;
}

/** What a picture says, in words: for those who do not see it. */
export function descriptionOf({ panels, empty, note, footer }: Picture): string {
  const said = panels.length > 0 ? panels.map(({ heading, detail }) => `${heading}: ${detail}`) : empty;
  return [...said, ...(note ? [note] : []), footer].map((sentence) => sentence.replace(/[.]?$/, '.')).join(' ');
}

function layOut(
  picture: Picture,
  width: number,
  colours: Colours,
  drawn: typeof draw,
): { parts: string[]; height: number } {
  const inside = width - 2 * side;
  const parts: string[] = [];
  let y = 0;
  const say = (text: string, look: TextLook) => {
    for (const line of wrapped(text, inside / widthOf('x', look))) {
      y += Math.max(lineHeight, look.size + 5);
      parts.push(textAt(line, { x: side, y, ...look }));
    }
  };
  y += 10;
  say(picture.title, { size: 18, colour: colours.ink, bold: true });
  say(picture.subtitle, { size: 13, colour: colours.quiet });
  picture.panels.forEach((panel, index) => {
    y += 14;
    const { heading, detail } = panel;
    const [bold, quiet] = [
      { size: 14, colour: colours.ink, bold: true },
      { size: 13, colour: colours.quiet },
    ];
    say(heading, bold);
    const isBeside = widthOf(heading, bold) + widthOf(detail, quiet) + side <= inside;
    if (isBeside) parts.push(textAt(detail, { x: width - side, y, ...quiet, end: true }));
    else say(detail, quiet);
    y += 8;
    const drawing = drawn({ ...panel, width: inside, height: panelHeight, id: `panel${index}` });
    parts.push(`<g transform="translate(${side} ${y})">`, drawing, '</g>');
    y += panelHeight;
  });
  if (picture.panels.length === 0) {
    y += 34;
    picture.empty.forEach((text, index) => {
      say(text, { size: index === 0 ? 15 : 13, colour: index === 0 ? colours.ink : colours.quiet });
    });
    y += 34;
  }
  y += 8;
  if (picture.note) say(picture.note, { size: 12, colour: colours.quiet });
  say(picture.footer, { size: 12, colour: colours.quiet });
  return { parts, height: Math.ceil(y + 14) };
}

interface TextLook {
  readonly size: number;
  readonly colour: string;
  readonly bold?: boolean;
}

function textAt(text: string, { x, y, size, colour, bold, end }: TextLook & { x: number; y: number; end?: boolean }) {
  const extra = (bold ? ' font-weight="600"' : '') + (end ? ' text-anchor="end"' : '');
  return `<text x="${x}" y="${y}" font-size="${size}" fill="${colour}"${extra}>${escaped(text)}</text>`;
}

function widthOf(text: string, { size, bold }: TextLook): number {
  return text.length * size * (bold ? boldCharWidth : charWidth);
}

/** Lines of at most about `most` characters: SVG does not wrap. */
function wrapped(text: string, most: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= most) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
