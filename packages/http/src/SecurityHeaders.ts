/**
 * SecurityHeaders: what every answer carries, whatever it is an answer to.
 */

/** Our own scripts and styles from our own files, nothing inline, nothing from elsewhere, in nobody's frame. */
export const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data: blob:",
  "font-src 'self'",
  "connect-src 'self'",
  "worker-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'"
].join("; ")

const always: ReadonlyArray<readonly [name: string, value: string]> = [
  ["content-security-policy", contentSecurityPolicy],
  ["x-content-type-options", "nosniff"],
  ["x-frame-options", "DENY"],
  ["referrer-policy", "no-referrer"],
  ["cross-origin-opener-policy", "same-origin"],
  ["cross-origin-resource-policy", "same-origin"],
  ["permissions-policy", "camera=(), geolocation=(), microphone=(), payment=()"]
]

/** Sets those that the answer does not set itself. */
export const secure = (headers: Headers, overTls: boolean): void => {
  for (const [name, value] of always) if (!headers.has(name)) headers.set(name, value)
  if (overTls) headers.set("strict-transport-security", "max-age=31536000")
}
