/** ProgressBar: how much of a known amount is done; moving without measure while the amount is not known yet. */
export const ProgressBar = (props: { readonly label: string; readonly done: number; readonly total: number }) => {
  const known = () => props.total > 0
  const share = () => (known() ? Math.min(1, props.done / props.total) : 0)
  return (
    <div
      role="progressbar"
      aria-label={props.label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={known() ? Math.floor(share() * 100) : undefined}
      class="h-2.5 overflow-hidden rounded-full bg-inset"
    >
      <div
        class="h-full w-full origin-left rounded-full bg-accent transition-transform duration-300"
        classList={{ "animate-pulse": !known() }}
        style={{ transform: `scaleX(${known() ? share() : 0.15})` }}
      />
    </div>
  )
}
