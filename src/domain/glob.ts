/** A state of the automaton of a glob: where it gets to without a character, and where with one of some kind. */
interface State {
  free: number[];
  steps: { on: (character: string) => boolean; to: number }[];
}

const isAny = () => true;
const isSlash = (character: string) => character === '/';
const isWithin = (character: string) => character !== '/';

/**
 * A glob over names: `*` is any text without `/`, `**` any text (as a part of its own also no part at all: `a/**` fits
 * `a`), `?` one character that is no `/`. Everything else stands for itself. All ways to fit are followed at once, so no
 * glob takes longer than its length times the name's, as a regular expression might.
 */
export function globMatcher(glob: string): (name: string) => boolean {
  const states = build(glob);
  return (name) => {
    let places = reach(states, [0]);
    for (const character of name) {
      places = reach(states, follow(states, places, character));
      if (places.size === 0) return false;
    }
    return places.has(states.length - 1);
  };
}

function build(glob: string): State[] {
  const parts = glob.replaceAll(/\*{3,}/g, '**').match(/(?:^|(?<=\/))\*\*\/|\/\*\*$|\*\*|[\s\S]/g) ?? [];
  const states: State[] = [];
  for (const part of parts) states.push(...statesOf(part, states.length));
  return [...states, { free: [], steps: [] }];
}

/** The states of a part, the first of which has this number; the next part's begin after them. */
function statesOf(part: string, first: number): State[] {
  const [second, third] = [first + 1, first + 2];
  switch (part) {
    case '*':
      return [{ free: [second], steps: [{ on: isWithin, to: first }] }];
    case '**':
      return [{ free: [second], steps: [{ on: isAny, to: first }] }];
    case '**/': {
      const inside = [isAny, isSlash].map((on, index) => ({ on, to: second + index }));
      return [
        { free: [second, third], steps: [] },
        { free: [], steps: inside },
      ];
    }
    case '/**':
      return [
        { free: [third], steps: [{ on: isSlash, to: second }] },
        { free: [third], steps: [{ on: isAny, to: second }] },
      ];
    case '?':
      return [{ free: [], steps: [{ on: isWithin, to: second }] }];
    default:
      return [{ free: [], steps: [{ on: (character) => character === part, to: second }] }];
  }
}

function reach(states: readonly State[], places: Iterable<number>): Set<number> {
  const reached = new Set(places);
  // A set that grows while it is gone through is gone through to its new end.
  for (const place of reached) for (const next of states[place]?.free ?? []) reached.add(next);
  return reached;
}

function follow(states: readonly State[], places: Iterable<number>, character: string): number[] {
  return [...places].flatMap((place) =>
    (states[place]?.steps ?? []).filter(({ on }) => on(character)).map(({ to }) => to),
  );
}
