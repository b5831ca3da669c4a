/**
 * What other systems hear, over whichever bus: the invariants of Integration.ts, by number.
 *
 *   contract("PostgresEventBus", PostgresEventBus.layer)
 */
import { assert, layer } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { type CloudEvent, fromCloudEvent } from "@finance/core/bus/CloudEvent"
import { type Batch, EventBus } from "@finance/core/bus/EventBus"
import { eventually, reading } from "@finance/core/bus/EventBus.contract"
import { integrationTopics } from "@finance/core/bus/IntegrationTopics"
import { EventCodec, isReadable } from "@finance/core/event-store/EventCodec"
import { Vault } from "@finance/core/event-store/Vault"
import { dayIn, monthOf } from "@finance/core/ledger/Day"
import { Control } from "../Control.ts"
import * as Processor from "../Processor.ts"
import {
  budgets,
  codec,
  files,
  kr,
  logOf,
  messagesAfter,
  Observed,
  opens,
  type Person,
  receives,
  still,
  workThrough
} from "../TestLedger.ts"
import { integration } from "./Integration.ts"

/** The actor of the program, handed the ledger's events by the test; what it tells goes over the bus. */
const actorOf = Effect.fnUntraced(function* <E, R>(program: Processor.Program<E, R>) {
  const bus = yield* EventBus
  const mailbox = yield* Deferred.make<(batch: Batch) => Effect.Effect<void>>()
  const handedOver = EventBus.of({
    ...bus,
    subscribe: (_topic, _group, handle) =>
      Effect.context<never>().pipe(
        Effect.andThen((context) =>
          Deferred.succeed(mailbox, (batch) => Effect.provideContext(handle(batch) as Effect.Effect<void>, context))
        ),
        Effect.andThen(Effect.never)
      )
  })
  const status = new Observed(program.name)
  yield* Effect.forkScoped(
    Processor.run(program, status).pipe(Effect.provideService(EventBus, handedOver), Effect.provide(Control.layer))
  )
  return { deliver: yield* Deferred.await(mailbox), status }
})

/** Hands the log to the program from the position on, in batches of so many. */
const tell = Effect.fnUntraced(function* <E, R>(program: Processor.Program<E, R>, size = 1_000) {
  const { deliver, status } = yield* actorOf(program)
  for (const [partition, told] of yield* messagesAfter(0n)) {
    for (let from = 0; from < told.length; from += size) {
      yield* deliver({ partition, events: told.slice(from, from + size) })
    }
  }
  return status
}, Effect.scoped)

let groups = 0

/** What a system that follows every topic hears of these people, by topic. */
const hearing = Effect.fnUntraced(function* (people: ReadonlyArray<Person>) {
  const group = `listener-${process.pid}-${Date.now()}-${groups++}`
  const readers = yield* Effect.forEach(integrationTopics, (topic) => reading(topic, group))
  const owners = new Set(people.map(({ owner_id }) => owner_id))
  const heard = (index: number) => readers[index]!.events().filter(({ partitionkey }) => owners.has(partitionkey))
  return {
    of: (name: string) => heard(integrationTopics.findIndex((topic) => topic.name === name)),
    all: () => readers.flatMap((_, index) => heard(index))
  }
})

const distinct = (events: ReadonlyArray<CloudEvent>) => [...new Set(events.map(({ id }) => id))]

/** The days of this month: budgets of months long gone are told of to nobody. */
const dayOf = (day: number) => `${monthOf(dayIn(new Date()))}-${String(day).padStart(2, "0")}`

/** A month of somebody's life: an account, a budget, and purchases that reach it. */
const lives = Effect.gen(function* () {
  const person = yield* opens()
  yield* budgets(person, {
    command: "Set",
    category: "groceries",
    amount: kr(1_000),
    currency: "NOK",
    month: dayOf(1).slice(0, 7)
  })
  for (const kroner of [500, 350, 120]) {
    yield* receives(person, { day: dayOf(10), amount: -kr(kroner), description: "KIWI 505 BARCODE" })
  }
  const odd = yield* receives(person, { day: dayOf(11), amount: -kr(40), description: "QWXZ 77" })
  yield* workThrough()
  yield* files(person, odd, "groceries")
  return person
})

export const contract = <E>(name: string, bus: Layer.Layer<EventBus, E, Layer.Success<typeof still>>) =>
  layer(Layer.provideMerge(bus, still), { excludeTestServices: true })(`what is told over ${name}`, (it) => {
    it.effect(
      "1. everything that happens to a person is told once, on the topic that is about it, and opens with their key alone",
      () =>
        Effect.gen(function* () {
          const person = yield* lives
          const heard = yield* hearing([person])
          yield* tell(integration)
          const log = yield* logOf([person])
          yield* eventually(() => heard.all().length >= log.length)

          const typesOn = (topic: string) => [...new Set(heard.of(topic).map(({ type }) => type))].toSorted()
          assert.deepStrictEqual(typesOn("transactions.created"), ["TransactionCreated"])
          assert.deepStrictEqual(typesOn("transactions.categorized"), ["TransactionCategorized", "TransactionCategoryOverridden"])
          assert.deepStrictEqual(typesOn("budgets.exceeded"), ["BudgetExceeded"])
          assert.deepStrictEqual(typesOn("events.default"), ["AccountOpened", "BudgetSet"])
          assert.deepStrictEqual(
            heard
              .all()
              .map(({ id }) => id)
              .toSorted(),
            log.map(({ event_id }) => event_id).toSorted()
          )

          const opened = yield* Effect.flatMap(EventCodec, (codec) =>
            codec.open(heard.all().map((event) => fromCloudEvent(event).sealed))
          ).pipe(Effect.provide(Layer.fresh(codec)))
          assert.isTrue(opened.every(isReadable))
          const amounts = heard.of("transactions.created").map(({ id }) => {
            const found = opened.find(({ event_id }) => event_id === id)!
            return isReadable(found) && found.event.type === "TransactionCreated" ? found.event.amount : null
          })
          assert.deepStrictEqual(amounts, [-kr(500), -kr(350), -kr(120), -kr(40)])
          for (const { data } of heard.all()) assert.notInclude(Buffer.from(data!).toString("latin1"), "KIWI")
        })
    )

    it.effect("2. in the order of the log, however the log comes", () =>
      Effect.gen(function* () {
        const people = yield* Effect.forEach(Array.from({ length: 4 }), () => lives)
        const heard = yield* hearing(people)
        yield* tell(integration, 3)
        const log = yield* logOf(people)
        yield* eventually(() => heard.all().length >= log.length)
        for (const { owner_id } of people) {
          for (const { name } of integrationTopics) {
            const positions = heard
              .of(name)
              .filter(({ partitionkey }) => partitionkey === owner_id)
              .map((event) => Number(fromCloudEvent(event).sealed.position))
            assert.deepStrictEqual(
              positions,
              positions.toSorted((one, other) => one - other)
            )
          }
        }
      })
    )

    it.effect("3. what fails after it was told is told again under the same ids, and nothing is left out", () =>
      Effect.gen(function* () {
        const person = yield* lives
        const heard = yield* hearing([person])
        let failures = 0
        const status = yield* tell({
          ...integration,
          handle: (events) =>
            Effect.andThen(
              integration.handle(events),
              Effect.suspend(() => (++failures % 2 === 1 ? Effect.fail("the lights went out" as const) : Effect.void))
            )
        })
        assert.isAtLeast(status.errors.length, 1)
        const log = yield* logOf([person])
        yield* eventually(() => distinct(heard.all()).length >= log.length)
        const { isTransactional } = yield* EventBus
        if (isTransactional) assert.lengthOf(heard.all(), log.length, "what was not committed was not told")
        assert.deepStrictEqual(distinct(heard.all()).toSorted(), log.map(({ event_id }) => event_id).toSorted())
        assert.deepStrictEqual(
          distinct(heard.of("transactions.created")),
          log.filter(({ type }) => type === "TransactionCreated").map(({ event_id }) => event_id)
        )
      })
    )

    it.effect("1. of somebody who was erased nothing more is told", () =>
      Effect.gen(function* () {
        const [kari, ola] = [yield* lives, yield* lives]
        const heard = yield* hearing([kari, ola])
        yield* Effect.flatMap(Vault, (vault) => vault.forget(kari.owner_id))
        yield* tell(integration)
        const log = yield* logOf([ola])
        yield* eventually(() => heard.all().length >= log.length)
        assert.deepStrictEqual([...new Set(heard.all().map(({ partitionkey }) => partitionkey))], [ola.owner_id])
      })
    )
  })
