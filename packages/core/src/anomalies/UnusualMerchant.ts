/**
 * UnusualMerchant: a large amount to somebody the person has never paid before.
 *
 * Large is by their own habits, whatever they are: above nearly all that they pay at once anywhere, and in that category. Who comes to a new
 * merchant often from then on has found a new shop, and on a journey all shops are new.
 */
import type { Finding } from "./Finding.ts"
import { scoreOf, told } from "./Finding.ts"
import { countOf, type Habits, quantileOf, sizesWithout } from "./Habits.ts"
import { type History, isSpending, type Line, trifle } from "./Line.ts"

/** What must be known of a person before anything is new to them. */
const leastDays = 60
const leastLines = 40
const threshold = 1

/** Lodging, teeth, animals, craftsmen, cars and insurance: what anybody pays seldom, and dearly. */
const seldom =
  /hotel|comwell|scandic|thon|(?<!\p{L})(?:inn|resort|bil|syn|lege|dekk|lodge|spa)(?!\p{L})|apartment|airbnb|booking|hytte|fjellstue|camping|tann|dental|lege(?:vakt|senter)?(?!\p{L})|klinikk|fysio|optik|brille|elektriker|rørlegger|byggmester|snekker|tømrer|maler|murer|verksted|dekk|forsikring|advokat|begravelse|flytte|barnehage|skole/iu

/** How much dearer than what is usual such things are, by nature. */
const rarityOf = ({ merchant, category }: Line): number => {
  switch (category) {
    case "uncategorized":
      return seldom.test(merchant) ? 5 : 1
    case "travel":
    case "health":
    case "transport":
    case "utilities":
    case "subscriptions":
    case "education":
      return 5
    default:
      return 3
  }
}

export const unusualMerchant = (history: History, index: number, habits: Habits): Finding | null => {
  const line = history[index]!
  if (!isSpending(line) || line.spent < 20 * trifle(line.currency)) return null
  if (history.length > 2 || history.some((other) => other.id !== line.id && other.day < line.day)) return null
  if (line.day - habits.first_day < leastDays) return null
  const everything = sizesWithout(habits, line, (category) => category !== "transfer" && category !== "income")
  if (countOf(everything) < leastLines) return null
  const [median, high] = [quantileOf(everything, 0.5), quantileOf(everything, 0.97)]
  const surprise = line.spent / (Math.max(high, 15 * median) * rarityOf(line))
  return {
    line,
    type: "unusual_merchant",
    score: scoreOf(surprise, threshold),
    explanation: {
      code: "anomaly.unusual-merchant",
      params: {
        merchant: line.merchant,
        amount: told(line.spent, line.currency),
        usual: told(median, line.currency),
        currency: line.currency
      }
    },
    evidence: [],
    scope: line.category,
    size: line.spent
  }
}
