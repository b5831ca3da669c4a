/** Figures: what a fault run measured, told and never asserted on: a busy machine is no fault. */

const middle = (values: ReadonlyArray<number>) => values.toSorted((a, b) => a - b)[values.length >> 1]!

/** A line with the median and the most of the values. */
export const tell = (name: string, unit: string, values: ReadonlyArray<number>): void => {
  const shown = (value: number) => `${Math.round(value).toLocaleString("en")} ${unit}`.trim()
  console.log(
    values.length === 1
      ? `${name}: ${shown(values[0]!)}`
      : `${name}: median ${shown(middle(values))}, at most ${shown(Math.max(...values))}, of ${values.length}`
  )
}
