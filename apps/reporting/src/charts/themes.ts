export const themes = ['auto', 'light', 'dark'] as const;

/** `auto` follows the reader's system. */
export type Theme = (typeof themes)[number];

/** By what they are for. Text has a contrast of 4.5:1 or more against `paper`, marks one of 3:1 (WCAG 2.2, 1.4.3 and 1.4.11). */
export interface Colours {
  readonly paper: string;
  readonly ink: string;
  readonly quiet: string;
  readonly line: string;
  /** The one series of a chart that has one. */
  readonly main: string;
  /** The three outcomes; they differ in brightness and pattern too. */
  readonly good: string;
  readonly undone: string;
  readonly bad: string;
}

const light: Colours = {
  paper: '#ffffff',
  ink: '#1b2430',
  quiet: '#5a6675',
  line: '#e1e6ec',
  main: '#0f766e',
  good: '#0f766e',
  undone: '#b86a00',
  bad: '#b3245e',
};

const dark: Colours = {
  paper: '#12171e',
  ink: '#e8edf3',
  quiet: '#9ba8b7',
  line: '#2a333e',
  main: '#5eead4',
  good: '#5eead4',
  undone: '#f2a93b',
  bad: '#ff80ab',
};

/** The colours of a theme, to see that they can be told apart. */
export const palettes = { light, dark } as const;

/**
 * Colours to draw with. A fixed theme has them as they are, so that a program without style sheets draws them too; `auto`
 * has variables, which `themeStyle` defines.
 */
export function coloursOf(theme: Theme): Colours {
  if (theme !== 'auto') return palettes[theme];
  return Object.fromEntries(Object.keys(light).map((name) => [name, `var(--${name})`])) as unknown as Colours;
}

/** The style sheet with the variables of `coloursOf('auto')` on `selector`; it is the same text each time. */
export function themeStyle(selector: string): string {
  const variables = (colours: Colours) =>
    Object.entries(colours)
      .map(([name, value]) => `--${name}:${value}`)
      .join(';');
  return (
    `${selector}{color-scheme:light dark;${variables(light)}}` +
    `@media(prefers-color-scheme:dark){${selector}{${variables(dark)}}}`
  );
}
