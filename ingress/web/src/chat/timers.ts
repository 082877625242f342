/** Things to be done later, each known by its name: set again, it takes the place of the one before. */
export class Timers {
  #timers = new Map<string, ReturnType<typeof setTimeout>>();

  set(name: string, wait: number, then: () => void) {
    this.clear(name);
    this.#timers.set(name, setTimeout(then, wait));
  }

  clear(name: string) {
    clearTimeout(this.#timers.get(name));
    this.#timers.delete(name);
  }

  clearAll() {
    [...this.#timers.keys()].forEach((name) => this.clear(name));
  }
}
