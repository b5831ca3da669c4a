/** BudgetAlarm: says, on whatever screen one is, that a purchase has just taken a budget past 80, 90 or 100 %. */
import { useToasts } from "../controls/Toasts.tsx"
import { useLive } from "../live/Live.tsx"
import { useLocale } from "../locale/Locale.tsx"
import { levelAt } from "../budgets/Level.ts"
import { toMinor } from "../money/Amount.ts"

export const BudgetAlarm = () => {
  const { t, percent } = useLocale()
  const live = useLive()
  const toasts = useToasts()
  live.on("budget", (alert) => {
    const name = t().categories[alert.category]
    const { currency } = alert
    const available = toMinor(alert.available_amount, currency)
    const used = percent(
      available <= 0n ? alert.threshold_percentage : Number((toMinor(alert.current_spent, currency) * 100n) / available)
    )
    const sentence = alert.threshold_percentage === 100 ? t().overview.alertOver(name, used) : t().overview.alertUsed(name, used)
    toasts.tell({ tone: levelAt(alert.threshold_percentage), text: sentence })
  })
  return null
}
