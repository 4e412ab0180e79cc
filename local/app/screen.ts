/** Where progress goes: standard error, so that results alone are on standard output. */
export interface Screen {
  /** A line that stays. */
  line(text: string): void;
  /** The state of now: overwrites the last one on a terminal, a line of its own elsewhere, nothing when unchanged. */
  progress(text: string): void;
}

export function openScreen(stream: NodeJS.WriteStream): Screen {
  let last = '';
  let isProgressShown = false;
  const clear = (): void => {
    if (isProgressShown && stream.isTTY) stream.write('\r\x1b[2K');
    isProgressShown = false;
  };
  return {
    line(text) {
      clear();
      stream.write(`${text}\n`);
    },
    progress(text) {
      if (text === last) return;
      last = text;
      clear();
      isProgressShown = true;
      stream.write(stream.isTTY ? text.slice(0, (stream.columns ?? 80) - 1) : `${text}\n`);
    },
  };
}
