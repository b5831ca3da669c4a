/**
 * WebAddress: where a person may have the tracker send to. A server that posts wherever it is told to can be made to speak to what only it
 * can reach (server-side request forgery, CWE-918): so it is https, to the public Internet.
 *
 * The operator may trust hosts of their own by name (NOTIFY_TRUSTED_HOSTS): those may be spoken to over http and wherever they are.
 *
 * Source: IANA special-purpose address registries (RFC 6890); OWASP, SSRF prevention.
 */
import ipaddr from "ipaddr.js"

/** Lower case, with a port where one is meant: `ntfy.lan`, `localhost:9000`. */
export type TrustedHosts = ReadonlySet<string>

/** The hosts of a comma-separated list. */
export const trustedHosts = (list: string): TrustedHosts =>
  new Set(
    list
      .split(",")
      .map((host) => host.trim().toLowerCase())
      .filter((host) => host !== "")
  )

export const isTrusted = ({ host, hostname }: URL, trusted: TrustedHosts): boolean => trusted.has(host) || trusted.has(hostname)

/** Global unicast (RFC 4291, 2.4): all else, whatever it may be assigned to one day, is nobody's public address. */
const globalUnicast = ipaddr.parseCIDR("2000::/3")

/** Whether it is an address of the public Internet: not private, not this machine, not a way to one of those through a translation. */
export const isPublic = (address: string): boolean => {
  if (!ipaddr.isValid(address)) return false
  const parsed = ipaddr.parse(address)
  if (parsed.range() !== "unicast") return false
  return parsed.kind() === "ipv4" || parsed.match(globalUnicast)
}

/** An IP address as it stands in a URL; null for a name. */
export const literalOf = ({ hostname }: URL): string | null => {
  const bare = hostname.replace(/^\[(.*)\]$/, "$1")
  return ipaddr.isValid(bare) ? bare : null
}

/** Why the tracker would not send there, as far as the address itself says; null when it says nothing against it. */
export const objectionTo = (text: string, trusted: TrustedHosts): string | null => {
  if (!URL.canParse(text)) return "Expected a URL such as https://example.com/hook"
  const url = new URL(text)
  if (url.protocol !== "https:" && url.protocol !== "http:") return "Expected an https URL"
  if (url.username !== "" || url.password !== "") return "Expected a URL without a user and a password"
  if (isTrusted(url, trusted)) return null
  if (url.protocol !== "https:") return "Expected an https URL"
  const literal = literalOf(url)
  return literal === null || isPublic(literal) ? null : "Expected an address on the public Internet"
}
