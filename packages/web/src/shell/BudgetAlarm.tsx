/** BudgetAlarm: says, on whatever screen one is, that a purchase has just taken a budget past 80, 90 or 100 %. */
import { useToasts } from "../controls/Toasts.tsx"
import { useLive } from "../live/Live.tsx"
import { useLocale } from "../locale/Locale.tsx"
import { levelOf } from "../budgets/Level.ts"
import { toMinor } from "../money/Amount.ts"

export const BudgetAlarm = () => {
  const { t, percent } = useLocale()
  const live = useLive()
  const toasts = useToasts()
  live.on("budget", (alert) => {
    const name = t().categories[alert.category]
    const { currency } = alert
    const budget = toMinor(alert.budget_amount, currency)
    const used = percent(
      budget === 0n ? alert.threshold_percentage : Number((toMinor(alert.current_spent, currency) * 100n) / budget)
    )
    const sentence = alert.threshold_percentage === 100 ? t().overview.alertOver(name, used) : t().overview.alertUsed(name, used)
    toasts.tell({ tone: levelOf(alert.threshold_percentage), text: sentence })
  })
  return null
}
