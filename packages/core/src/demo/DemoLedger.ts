/**
 * DemoLedger: two years of an invented family's money, as bank files that go in by the same way as anyone's.
 *
 * Deterministic: the same end day gives the same files. It holds what the screens are there to find: a price rise, a charge
 * taken twice, a shop nobody knows, budgets nearly and wholly spent.
 */
import { categorizeLines } from "../categorizer/RuleCategorizer.ts"
import { noKnowledge } from "../categorizer/Knowledge.ts"
import type { AccountType } from "../ledger/Account.ts"
import { type Category } from "../ledger/Category.ts"
import { addDays, type Day, type Month, monthOf } from "../ledger/Day.ts"
import { linesOf } from "./Household.ts"
import { type DemoLine, inventedAccount, newestFirst, toStatement } from "./SpareBank1Statement.ts"

export interface DemoAccount {
  readonly name: string
  readonly bank_name: string
  readonly account_type: AccountType
  readonly currency: "NOK"
  /** Øre, on the morning of `opened_on`. */
  readonly opening_balance: bigint
  readonly opened_on: Day
  /** The lines of `statement`, newest first. */
  readonly lines: ReadonlyArray<DemoLine>
  /** The lines as SpareBank 1's web bank exports them. */
  readonly statement: string
}

export interface DemoBudget {
  readonly category: Category
  /** Øre a month. */
  readonly budget_amount: bigint
}

export interface DemoLedger {
  readonly accounts: ReadonlyArray<DemoAccount>
  readonly budgets: ReadonlyArray<DemoBudget>
}

const kr = (kroner: number): bigint => BigInt(kroner) * 100n

const monthsBefore = (month: Month, months: number): Month => {
  const [year, number] = month.split("-").map(Number) as [number, number]
  return new Date(Date.UTC(year, number - 1 - months, 1)).toISOString().slice(0, 7) as Month
}

const sumOf = (lines: ReadonlyArray<DemoLine>): bigint => lines.reduce((sum, { amount }) => sum + amount, 0n)

/** Where the household keeps its checking account between, month by month, in øre. */
const comfort = { least: kr(28_000), most: kr(64_000) }

interface Story {
  readonly checking: Array<DemoLine>
  readonly savings: Array<DemoLine>
  readonly credit: Array<DemoLine>
}

const opening = { checking: kr(48_418) + 62n, savings: kr(184_250), credit: 0n }

/** Money that moves between the accounts: the monthly saving, the card's settlement, and a top-up or a surplus. */
const settle = (story: Story, month: Month): void => {
  const saved = story.checking.filter(
    ({ day, description }) => monthOf(day) === month && description === "Overføring til Sparekonto"
  )
  for (const { day, amount } of saved) story.savings.push({ day, description: "Overføring fra Brukskonto", amount: -amount })
  const owed = sumOf(story.credit.filter(({ day }) => day < `${month}-01`))
  if (owed < 0n) {
    const day = `${month}-20` as Day
    story.checking.push({ day, description: "Betaling kredittkort", amount: owed })
    story.credit.push({ day, description: "Innbetaling", amount: -owed })
  }
  const day = `${month}-26` as Day
  const left = opening.checking + sumOf(story.checking.filter((line) => line.day <= day))
  const tenThousands = (amount: bigint) => (amount / kr(10_000)) * kr(10_000)
  if (left < comfort.least) {
    const amount = tenThousands(comfort.least - left) + kr(10_000)
    story.checking.push({ day, description: "Overføring fra Sparekonto", amount })
    story.savings.push({ day, description: "Overføring til Brukskonto", amount: -amount })
  } else if (left > comfort.most) {
    const amount = tenThousands(left - comfort.most) + kr(10_000)
    story.checking.push({ day, description: "Overføring til Sparekonto", amount: -amount })
    story.savings.push({ day, description: "Overføring fra Brukskonto", amount })
  }
  if (month.endsWith("-12")) {
    const balance = opening.savings + sumOf(story.savings)
    story.savings.push({ day: `${month}-31` as Day, description: "Kreditrenter", amount: (balance * 35n) / 1000n })
  }
}

const storyFrom = (first: Month, months: number): Story => {
  const story: Story = { checking: [], savings: [], credit: [] }
  for (let monthsIn = 0; monthsIn < months; monthsIn++) {
    const month = monthsBefore(first, -monthsIn)
    const { checking, credit } = linesOf(month, monthsIn)
    story.checking.push(...checking)
    story.credit.push(...credit)
    settle(story, month)
  }
  return story
}

const twice = (day: Day): ReadonlyArray<DemoLine> => {
  const line: DemoLine = { day, description: "PEPPES PIZZA STORO", amount: -kr(689) }
  return [line, line]
}

/** How much of the budget the household has spent in the judged month, in percent: nearly all, more than all, nearly all. */
const spentShares: ReadonlyArray<readonly [Category, percent: bigint]> = [
  ["groceries", 92n],
  ["dining", 107n],
  ["subscriptions", 97n]
]

/** Budgets with the room of an ordinary month, as the last twelve have been. */
const roomy: ReadonlyArray<Category> = ["transport", "shopping", "utilities", "entertainment"]

/** The month that budgets are judged by: the running one once most of it has passed. */
const judgedMonth = (end: Day): Month => (Number(end.slice(8)) >= 20 ? monthOf(end) : monthsBefore(monthOf(end), 1))

const budgetsFor = (lines: ReadonlyArray<DemoLine>, judged: Month): ReadonlyArray<DemoBudget> => {
  const spending = lines.filter(
    ({ day, amount }) => monthOf(day) <= judged && monthOf(day) > monthsBefore(judged, 13) && amount < 0n
  )
  const seen = categorizeLines(
    spending.map(({ description, amount }) => ({ description, amount, currency: "NOK" })),
    noKnowledge
  )
  const spentOn = (category: Category, from: Month, to: Month): bigint =>
    -sumOf(spending.filter(({ day }, index) => seen[index]!.category === category && monthOf(day) >= from && monthOf(day) <= to))
  const hundreds = (amount: bigint): bigint => (amount < kr(100) ? kr(100) : ((amount + kr(50)) / kr(100)) * kr(100))
  return [
    ...spentShares.map(([category, percent]) => ({
      category,
      budget_amount: hundreds((spentOn(category, judged, judged) * 100n) / percent)
    })),
    ...roomy.map((category) => {
      const year = spentOn(category, monthsBefore(judged, 12), monthsBefore(judged, 1))
      return { category, budget_amount: hundreds((year * 115n) / 1200n) }
    })
  ]
}

/** The demo up to and including a day: 24 whole months before its month, and the days of it. */
export const demoLedger = (end: Day): DemoLedger => {
  const first = monthsBefore(monthOf(end), 24)
  const opened_on = `${first}-01` as Day
  const story = storyFrom(first, 25)
  story.checking.push(...twice(addDays(end, -9)))
  const account = (
    name: string,
    account_type: AccountType,
    opening_balance: bigint,
    all: ReadonlyArray<DemoLine>
  ): DemoAccount => {
    const lines = newestFirst(all.filter(({ day }) => day <= end))
    const statement = toStatement(lines, inventedAccount(name))
    return { name, bank_name: "SpareBank 1", account_type, currency: "NOK", opening_balance, opened_on, lines, statement }
  }
  const accounts = [
    account("Brukskonto", "checking", opening.checking, story.checking),
    account("Sparekonto", "savings", opening.savings, story.savings),
    account("Kredittkort", "credit", opening.credit, story.credit)
  ]
  return {
    accounts,
    budgets: budgetsFor(
      accounts.flatMap(({ lines }) => lines),
      judgedMonth(end)
    )
  }
}
