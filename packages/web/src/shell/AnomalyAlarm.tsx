/** AnomalyAlarm: says, on whatever screen one is, that something unusual has just come in. Of old lines nobody is told. */
import { useToasts } from "../controls/Toasts.tsx"
import { useLive } from "../live/Live.tsx"

export const AnomalyAlarm = () => {
  const live = useLive()
  const toasts = useToasts()
  live.on("anomaly", (anomaly) => {
    if ("withdrawn" in anomaly || anomaly.late || anomaly.status !== "open") return
    toasts.tell({ tone: "high", text: anomaly.explanation.text })
  })
  return null
}
