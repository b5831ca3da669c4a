/**
 * KafkaServer: a real Apache Kafka of one node, broker and controller in one process, from the artifacts that its makers publish to Maven
 * Central. For the tests; it needs Java 17 and Maven.
 *
 * Its data lie in a fresh directory, gone with the scope. It listens on 127.0.0.1 only, on free ports.
 */
import * as Effect from "effect/Effect"
import { Kafka, logLevel } from "kafkajs"
import * as KafkaTimers from "@finance/core/bus/KafkaTimers"
import { execFile } from "node:child_process"
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import * as ServerProcess from "./ServerProcess.ts"

export const newestVersion = "4.4.0"

export interface Options {
  /** Of Kafka; the newest unless said otherwise. */
  readonly version?: string
  /** Beyond, and instead of, those of this module. */
  readonly settings?: Readonly<Record<string, string>>
}

export interface KafkaServer extends ServerProcess.ServerProcess {
  readonly bootstrapServers: string
}

/** Starts a server, ready when this returns; stopped when the scope closes. */
export const start = Effect.fn("KafkaServer.start")(function* (options: Options = {}) {
  const version = options.version ?? newestVersion
  const libraries = yield* artifacts(version)
  const home = yield* Effect.acquireRelease(
    Effect.sync(() => mkdtempSync(join(tmpdir(), "finance-kafka-"))),
    (directory) => Effect.sync(() => rmSync(directory, { recursive: true, force: true }))
  )
  const [port, controller] = yield* Effect.all([ServerProcess.freePort, ServerProcess.freePort])
  const bootstrapServers = `127.0.0.1:${port}`
  const properties = join(home, "server.properties")
  writeFileSync(properties, lines({ ...settings(home, port, controller), ...options.settings }))
  const java = [...virtualMachine, ...logging(version, home), "-cp", join(libraries, "*")]
  // With "=": an id may begin with a dash.
  const format = ["kafka.tools.StorageTool", "format", "--cluster-id=4L6g3nShT-eMCtK--X86sw", "--config", properties]
  yield* run("java", [...java, ...format])
  const process = yield* ServerProcess.start({
    name: `Kafka ${version}`,
    command: "java",
    args: [...java, "kafka.Kafka", properties],
    log: join(home, "kafka.log"),
    probe: probe(bootstrapServers)
  })
  return { ...process, bootstrapServers } satisfies KafkaServer
})

/** The libraries of this version: fetched once, and there whole or not at all. */
const artifacts = Effect.fnUntraced(function* (version: string) {
  const directory = fileURLToPath(new URL(`../../.cache/kafka-${version}`, import.meta.url))
  if (existsSync(directory)) return directory
  const draft = `${directory}.${process.pid}`
  mkdirSync(draft, { recursive: true })
  yield* run("mvn", [
    "--batch-mode",
    "--quiet",
    `--file=${fileURLToPath(new URL("pom.xml", import.meta.url))}`,
    `--activate-profiles=${logsByReload4j(version) ? "reload4j" : "log4j2"}`,
    `-Dkafka.version=${version}`,
    "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies",
    // Most of Kafka's own modules are declared as needed at run time only.
    "-DincludeScope=runtime",
    `-DoutputDirectory=${draft}`
  ])
  if (!existsSync(directory)) renameSync(draft, directory)
  rmSync(draft, { recursive: true, force: true })
  return directory
})

const run = (command: string, args: ReadonlyArray<string>) =>
  Effect.callback<void, ServerProcess.ServerFailed>((resume) => {
    execFile(command, args, (error, stdout, stderr) => {
      const isMissing = error?.code === "ENOENT"
      const failed = new ServerProcess.ServerFailed({
        server: "Kafka",
        problem: isMissing ? `${command} is missing` : `${command} failed: ${`${stdout}${stderr}`.trim() || error?.message}`,
        advice: isMissing ? "Debian: apt-get install openjdk-17-jre-headless maven" : "It has to work before the tests can run"
      })
      resume(error === null ? Effect.void : Effect.fail(failed))
    })
  })

const virtualMachine = [
  "-server",
  "-Xms256m",
  "-Xmx512m",
  "-XX:+UseSerialGC",
  // It is ready sooner, and fast enough.
  "-XX:TieredStopAtLevel=1",
  "-XX:ActiveProcessorCount=2",
  "-Djava.awt.headless=true"
]

const logsByReload4j = (version: string) => version.startsWith("3.")

const logging = (version: string, home: string): ReadonlyArray<string> => {
  const file = join(home, "logging.properties")
  const pattern = "%d %p %c %m%n"
  if (logsByReload4j(version)) {
    writeFileSync(
      file,
      lines({
        "log4j.rootLogger": "WARN, OUT",
        "log4j.appender.OUT": "org.apache.log4j.ConsoleAppender",
        "log4j.appender.OUT.layout": "org.apache.log4j.PatternLayout",
        "log4j.appender.OUT.layout.ConversionPattern": pattern
      })
    )
    return [`-Dlog4j.configuration=file:${file}`]
  }
  writeFileSync(
    file,
    lines({
      "rootLogger.level": "warn",
      "rootLogger.appenderRef.out.ref": "OUT",
      "appender.out.type": "Console",
      "appender.out.name": "OUT",
      "appender.out.layout.type": "PatternLayout",
      "appender.out.layout.pattern": pattern
    })
  )
  return [`-Dlog4j2.configurationFile=${file}`]
}

/** Static voters, which 3.9 and 4.x format and run alike. What is made for a cluster of three, one node has to say 1 to. */
const settings = (home: string, port: number, controller: number) => ({
  "process.roles": "broker,controller",
  "node.id": "1",
  "controller.quorum.voters": `1@127.0.0.1:${controller}`,
  "controller.listener.names": "CONTROLLER",
  listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controller}`,
  "advertised.listeners": `PLAINTEXT://127.0.0.1:${port}`,
  "inter.broker.listener.name": "PLAINTEXT",
  "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SASL_PLAINTEXT:SASL_PLAINTEXT,SASL_SSL:SASL_SSL",
  "log.dirs": join(home, "data"),
  "auto.create.topics.enable": "false",
  "default.replication.factor": "1",
  "min.insync.replicas": "1",
  "offsets.topic.replication.factor": "1",
  "offsets.topic.num.partitions": "4",
  "transaction.state.log.replication.factor": "1",
  "transaction.state.log.min.isr": "1",
  "transaction.state.log.num.partitions": "4",
  "share.coordinator.state.topic.replication.factor": "1",
  "share.coordinator.state.topic.min.isr": "1",
  // Else the first member of every group waits three seconds for others.
  "group.initial.rebalance.delay.ms": "0",
  // Of the heap, where the default is a quarter of it.
  "log.cleaner.dedupe.buffer.size": "16777216",
  "log.segment.bytes": "67108864"
})

const lines = (properties: Readonly<Record<string, string>>) =>
  Object.entries(properties)
    .map(([name, value]) => `${name}=${value}\n`)
    .join("")

const probe = (bootstrapServers: string) =>
  Effect.tryPromise(async () => {
    KafkaTimers.install()
    const kafka = new Kafka({
      clientId: "probe",
      brokers: [bootstrapServers],
      connectionTimeout: 1_000,
      retry: { retries: 0 },
      logLevel: logLevel.NOTHING
    })
    const admin = kafka.admin()
    try {
      await admin.connect()
      const { brokers } = await admin.describeCluster()
      if (brokers.length === 0) throw new Error("no broker has registered yet")
    } finally {
      await admin.disconnect()
    }
  })
