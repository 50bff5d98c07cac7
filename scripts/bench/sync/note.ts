/** Figures of a benchmark with several parts, gathered over repeated runs. */
import type { Figure } from '../table.ts';

export type Note = (figure: Omit<Figure, 'values'>, value: number) => void;

export class Notes {
  readonly #figures = new Map<string, { readonly figure: Omit<Figure, 'values'>; readonly values: number[] }>();

  readonly note: Note = (figure, value) => {
    const known = this.#figures.get(figure.name);
    if (known) known.values.push(value);
    else this.#figures.set(figure.name, { figure, values: [value] });
  };

  get figures(): Figure[] {
    return [...this.#figures.values()].map(({ figure, values }) => ({ ...figure, values }));
  }
}
