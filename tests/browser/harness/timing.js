// What the browser itself says of sizes and times.

/** Bytes of all scripts that the page has loaded, as they came over the network. */
export function scriptBytes(page) {
  return page.evaluate(() => {
    const scripts = performance
      .getEntriesByType("resource")
      .filter(({ name }) => new URL(name).pathname.endsWith(".js"));
    return scripts.reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0);
  });
}

/** When the page first showed something, in milliseconds from its beginning. */
export function firstContent(page) {
  return page.evaluate(
    () =>
      new Promise((resolve) => {
        const tell = (entries) =>
          entries
            .filter(({ name }) => name === "first-contentful-paint")
            .forEach(({ startTime }) => resolve(startTime));
        new PerformanceObserver((list) => tell(list.getEntries())).observe({ type: "paint", buffered: true });
      }),
  );
}

export function median(numbers) {
  return numbers.toSorted((one, other) => one - other)[Math.floor(numbers.length / 2)];
}
