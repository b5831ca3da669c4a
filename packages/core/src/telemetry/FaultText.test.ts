import { assert, describe, it } from "vitest"
import * as Cause from "effect/Cause"
import * as Schema from "effect/Schema"
import { SqlError, UniqueViolation } from "effect/sql/SqlError"
import * as FaultText from "./FaultText.ts"

class AccountClosed extends Schema.TaggedError<AccountClosed>()("AccountClosed", { account_id: Schema.String }) {
  override get message() {
    return `The account ${this.account_id} is closed`
  }
}

const thrown = (work: () => unknown): unknown => {
  try {
    return work()
  } catch (error) {
    return error
  }
}

/** As the driver makes it of what the server says. */
const refused = (code: string, message: string) => {
  const detail = "Failing row contains (kari@example.no, -4321.09, REMA 1000)."
  const cause = Object.assign(new Error(message), {
    severity: "ERROR",
    code,
    detail,
    table: "transactions",
    constraint: "amounts"
  })
  return new SqlError({ reason: new UniqueViolation({ cause, constraint: "amounts" }) })
}

describe("What went wrong, as it is written down", () => {
  it("is in our own words where the error is one of ours, with where it arose", () => {
    const text = FaultText.ofCause(Cause.fail(new AccountClosed({ account_id: "a1" })))
    assert.match(text, /^AccountClosed: The account a1 is closed\n {4}at .*FaultText\.test\.ts/)
  })

  it("names the server's error and its table, and not the row that it quotes", () => {
    const text = FaultText.ofError(refused("23514", 'new row for relation "transactions" violates check constraint: -4321.09'))
    assert.match(text, /SQLSTATE 23514, a value was refused \(transactions, amounts\)/)
    for (const secret of ["kari", "4321", "REMA"]) assert.notInclude(text, secret)
  })

  it("quotes the server where it speaks of itself", () => {
    assert.match(
      FaultText.ofError(refused("57P01", "terminating connection due to administrator command")),
      /terminating connection/
    )
  })

  it("never quotes an amount or a text that could not be read as something else", () => {
    const unreadable = [
      () => BigInt("4321,09"),
      () => BigInt(4321.09),
      () => JSON.parse("REMA 1000"),
      () => decodeURIComponent("%REMA"),
      () =>
        (() => {
          throw new Error("REMA 1000 for -4321.09")
        })(),
      () => Schema.decodeUnknownSync(Schema.Struct({ amount: Schema.Int }))({ amount: "4321.09 REMA" })
    ]
    for (const work of unreadable) {
      const text = FaultText.ofError(thrown(work))
      assert.notMatch(text, /4321|REMA/)
      assert.match(text, /^(SyntaxError|RangeError|URIError|Error|SchemaError)/)
    }
    assert.notInclude(FaultText.ofCause(Cause.die("REMA 1000 for -4321.09")), "REMA")
  })
})
