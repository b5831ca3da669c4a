/**
 * KafkaServer: a real Apache Kafka of one node, broker and controller in one process, from the artifacts that its makers publish to Maven
 * Central. For the tests; it needs Java 17 and Maven.
 *
 * Its data lie in a fresh directory, gone with the scope. It listens on 127.0.0.1 only, on free ports.
 */
import * as Effect from "effect/Effect"
import { Kafka, logLevel } from "kafkajs"
import * as KafkaTimers from "@finance/core/bus/kafka/KafkaTimers"
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

/** Ways in for those who say who they are, with a password or over TLS. */
export interface SecuredKafkaServer extends KafkaServer {
  readonly saslPlaintext: string
  readonly saslSsl: string
  /** A file: the certificate that the server signed itself, in PEM form. */
  readonly certificate: string
}

/** May do everything. */
export const user = { username: "finance", password: "salasana" }
/** Is let in (by PLAIN only), and may do nothing. */
export const stranger = { username: "stranger", password: "salasana" }

/** Starts a server, ready when this returns; stopped when the scope closes. */
export const start = Effect.fn("KafkaServer.start")(function* (options: Options = {}) {
  const home = yield* directory
  return yield* startIn(home, options)
})

/** The same, with further listeners that want to know who comes. */
export const startSecured = Effect.fn("KafkaServer.startSecured")(function* (options: Options = {}) {
  const home = yield* directory
  const [sasl, tls] = yield* Effect.all([ServerProcess.freePort, ServerProcess.freePort])
  const [saslPlaintext, saslSsl] = [`127.0.0.1:${sasl}`, `127.0.0.1:${tls}`]
  const listeners = `SASL_PLAINTEXT://${saslPlaintext},SASL_SSL://${saslSsl}`
  const { certificate, keystore } = yield* selfSigned(home)
  const security = { ...authentication, ...authorisation, ...keystore, ...options.settings }
  const server = yield* startIn(home, { ...options, settings: security }, listeners)
  return { ...server, saslPlaintext, saslSsl, certificate } satisfies SecuredKafkaServer
})

const directory = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "finance-kafka-"))),
  (directory) => Effect.sync(() => rmSync(directory, { recursive: true, force: true }))
)

const startIn = Effect.fnUntraced(function* (home: string, options: Options, furtherListeners?: string) {
  const version = options.version ?? newestVersion
  const libraries = yield* artifacts(version)
  const [port, controller] = yield* Effect.all([ServerProcess.freePort, ServerProcess.freePort])
  const bootstrapServers = `127.0.0.1:${port}`
  const listeners = [`PLAINTEXT://${bootstrapServers}`, ...(furtherListeners === undefined ? [] : [furtherListeners])].join()
  const properties = join(home, "server.properties")
  writeFileSync(properties, lines({ ...settings(home, listeners, controller), ...options.settings }))
  const java = [...virtualMachine, ...logging(version, home), "-cp", join(libraries, "*")]
  const credentials = furtherListeners === undefined ? [] : scramCredentials
  // With "=": an id may begin with a dash.
  const format = ["kafka.tools.StorageTool", "format", "--cluster-id=4L6g3nShT-eMCtK--X86sw", "--config", properties]
  yield* run("java", [...java, ...format, ...credentials])
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
const settings = (home: string, listeners: string, controller: number) => ({
  "process.roles": "broker,controller",
  "node.id": "1",
  "controller.quorum.voters": `1@127.0.0.1:${controller}`,
  "controller.listener.names": "CONTROLLER",
  listeners: `${listeners},CONTROLLER://127.0.0.1:${controller}`,
  "advertised.listeners": listeners,
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

const scramCredentials = ["SCRAM-SHA-256", "SCRAM-SHA-512"].flatMap((mechanism) => [
  "--add-scram",
  `${mechanism}=[name=${user.username},password=${user.password}]`
])

const authentication = Object.fromEntries(
  ["sasl_plaintext", "sasl_ssl"].flatMap((listener) => [
    [`listener.name.${listener}.sasl.enabled.mechanisms`, "PLAIN,SCRAM-SHA-256,SCRAM-SHA-512"],
    [
      `listener.name.${listener}.plain.sasl.jaas.config`,
      `org.apache.kafka.common.security.plain.PlainLoginModule required ${[user, stranger]
        .map(({ username, password }) => `user_${username}="${password}"`)
        .join(" ")};`
    ],
    ...["scram-sha-256", "scram-sha-512"].map((mechanism) => [
      `listener.name.${listener}.${mechanism}.sasl.jaas.config`,
      "org.apache.kafka.common.security.scram.ScramLoginModule required;"
    ])
  ])
)

/** Who comes without a password is this machine's own, the server itself included. */
const authorisation = {
  "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
  "super.users": `User:ANONYMOUS;User:${user.username}`
}

const selfSigned = Effect.fnUntraced(function* (home: string) {
  const [store, certificate, password] = [join(home, "kafka.p12"), join(home, "kafka.pem"), "salasana"]
  const common = ["-alias", "kafka", "-keystore", store, "-storetype", "PKCS12", "-storepass", password]
  const name = ["-dname", "CN=kafka", "-ext", "SAN=ip:127.0.0.1", "-validity", "2"]
  yield* run("keytool", ["-genkeypair", "-keyalg", "RSA", ...common, ...name])
  yield* run("keytool", ["-exportcert", "-rfc", "-file", certificate, ...common])
  const keystore = { "ssl.keystore.location": store, "ssl.keystore.type": "PKCS12", "ssl.keystore.password": password }
  return { certificate, keystore }
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
