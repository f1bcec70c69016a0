/**
 * Gathers what is asked within one turn of the event loop into one call:
 * requests that arrive together share a run of the models and a round trip.
 * `run` answers in the order of the items; when it throws, all of them fail.
 */
export function gatherTurn<Item, Answer>(run: (items: readonly Item[]) => Promise<readonly Answer[]>): (item: Item) => Promise<Answer> {
  let waiting: { item: Item; resolve: (answer: Answer) => void; reject: (reason: unknown) => void }[] = [];
  const flush = (): void => {
    const batch = waiting;
    waiting = [];
    run(batch.map((one) => one.item)).then(
      (answers) => batch.forEach((one, index) => one.resolve(answers[index]!)),
      (error: unknown) => batch.forEach((one) => one.reject(error)),
    );
  };
  return (item) => new Promise((resolve, reject) => {
    if (waiting.push({ item, resolve, reject }) === 1) setImmediate(flush);
  });
}
