import { assert, describe, it } from "@effect/vitest"
import { isPublic, objectionTo, trustedHosts } from "./WebAddress.ts"

const nobody = trustedHosts("")

describe("an address that a person gives", () => {
  it("is public, or is not: what a server must never be sent to is known by every name it has", () => {
    const refused = [
      "0.0.0.0",
      "0.1.2.3",
      "10.0.0.1",
      "100.64.0.1",
      "100.127.255.255",
      "127.0.0.1",
      "127.255.255.254",
      "169.254.169.254",
      "172.16.0.1",
      "172.31.255.255",
      "192.0.0.1",
      "192.0.2.1",
      "192.168.1.1",
      "198.18.0.1",
      "198.51.100.7",
      "203.0.113.9",
      "224.0.0.1",
      "240.0.0.1",
      "255.255.255.255",
      "::",
      "::1",
      "::ffff:127.0.0.1",
      "::ffff:10.0.0.1",
      "::ffff:8.8.8.8",
      "::7f00:1",
      "64:ff9b::7f00:1",
      "64:ff9b::808:808",
      "64:ff9b:1::a00:1",
      "2002:7f00:1::",
      "2001::1",
      "2001:db8::1",
      "fc00::1",
      "fd12:3456::1",
      "fe80::1",
      "fe80::1%eth0",
      "fec0::1",
      "ff02::1",
      "100::1",
      "4000::1",
      "localhost",
      ""
    ]
    for (const address of refused) assert.isFalse(isPublic(address), address)
    for (const address of [
      "8.8.8.8",
      "1.1.1.1",
      "172.15.0.1",
      "172.32.0.1",
      "100.63.255.255",
      "2606:4700::1111",
      "2a00:1450::1"
    ]) {
      assert.isTrue(isPublic(address), address)
    }
  })

  it("is https to a public place, however the digits of another are written", () => {
    assert.isNull(objectionTo("https://example.com/hook?x=1", nobody))
    assert.isNull(objectionTo("https://8.8.8.8/hook", nobody))
    for (const url of [
      "http://example.com/hook",
      "ftp://example.com/hook",
      "file:///etc/passwd",
      "gopher://example.com",
      "https://user:secret@example.com/hook",
      "https://127.0.0.1/",
      "https://127.1/",
      "https://2130706433/",
      "https://0x7f.0.0.1/",
      "https://0177.0.0.1/",
      "https://[::1]/",
      "https://[::ffff:127.0.0.1]/",
      "https://[64:ff9b::7f00:1]/",
      "https://169.254.169.254/latest/meta-data/",
      "not a url",
      ""
    ]) {
      assert.isNotNull(objectionTo(url, nobody), url)
    }
  })

  it("may be at home where the operator says so by name, and nowhere else", () => {
    const trusted = trustedHosts(" ntfy.lan, Localhost:9000,192.168.1.5 ")
    for (const url of [
      "http://ntfy.lan/money",
      "https://ntfy.lan:8443/money",
      "http://localhost:9000/",
      "http://192.168.1.5/x"
    ]) {
      assert.isNull(objectionTo(url, trusted), url)
    }
    for (const url of [
      "http://localhost:9001/",
      "http://localhost/",
      "http://other.lan/",
      "http://ntfy.lan.evil.com/",
      "http://192.168.1.6/"
    ]) {
      assert.isNotNull(objectionTo(url, trusted), url)
    }
    assert.isNotNull(objectionTo("http://user:pw@ntfy.lan/", trusted))
    assert.isNotNull(objectionTo("ftp://ntfy.lan/", trusted))
  })
})
