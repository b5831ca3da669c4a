import type { Category } from "../ledger/Category.ts"
import type { Language } from "../ledger/Explanation.ts"

/** What people call the categories. */
export const categoryNames: Readonly<Record<Category, Readonly<Record<Language, string>>>> = {
  groceries: { nb: "Dagligvarer", nn: "Daglegvarer", en: "Groceries" },
  dining: { nb: "Restaurant", nn: "Restaurant", en: "Eating out" },
  transport: { nb: "Transport", nn: "Transport", en: "Transport" },
  utilities: { nb: "Strøm og nett", nn: "Straum og nett", en: "Utilities" },
  subscriptions: { nb: "Abonnementer", nn: "Abonnement", en: "Subscriptions" },
  shopping: { nb: "Shopping", nn: "Shopping", en: "Shopping" },
  entertainment: { nb: "Fritid", nn: "Fritid", en: "Leisure" },
  health: { nb: "Helse", nn: "Helse", en: "Health" },
  education: { nb: "Utdanning", nn: "Utdanning", en: "Education" },
  travel: { nb: "Reise", nn: "Reise", en: "Travel" },
  income: { nb: "Inntekt", nn: "Inntekt", en: "Income" },
  transfer: { nb: "Overføring", nn: "Overføring", en: "Transfers" },
  other: { nb: "Annet", nn: "Anna", en: "Other" }
}
