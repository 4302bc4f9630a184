import NIOCore
import NIOHTTP1
import Testing

@testable import Receiver

@Suite("Addresses and proxies")
struct AddressTests {
    @Test(
        "A range contains the addresses with its prefix, and an IPv4 address equals its mapped IPv6 form",
        arguments: [
            ("10.0.0.0/8", "10.255.0.1", true), ("10.0.0.0/8", "11.0.0.1", false), ("10.0.0.0/8", "::ffff:10.1.2.3", true),
            ("192.0.2.7", "192.0.2.7", true), ("192.0.2.7", "192.0.2.8", false), ("0.0.0.0/0", "203.0.113.9", true),
            ("0.0.0.0/0", "2001:db8::1", false), ("::/0", "192.0.2.1", true), ("2001:db8::/32", "2001:db8:ffff::1", true),
            ("2001:db8::/32", "2001:db9::1", false), ("2001:db8::/64", "2001:db8::ffff:1", true), ("::1", "::1", true),
            ("::1", "::2", false),
            ("2001:db8::8000:0:0:0/65", "2001:db8::8000:0:0:1", true), ("2001:db8::8000:0:0:0/65", "2001:db8::1", false),
        ])
    func contains(range: String, address: String, expected: Bool) throws {
        #expect(try #require(AddressRange(range)).contains(try #require(IPAddress(address))) == expected)
    }

    @Test(
        "A text that is not a range is refused",
        arguments: [
            "", "10.0.0.0/33", "10.0.0.1/8", "::/129", "10.0.0/8", "a", "10.0.0.0/8/8", "10.0.0.0/", "10.0.0.0/-1", "2001:db8::1/32",
        ])
    func noRange(text: String) { #expect(AddressRange(text) == nil) }

    @Test("For limits, an IPv6 address counts by its first 64 bits, an IPv4 address as a whole")
    func network() throws {
        #expect(IPAddress("2001:db8::1")?.network == IPAddress("2001:db8::2")?.network)
        #expect(IPAddress("2001:db8:0:1::1")?.network != IPAddress("2001:db8::1")?.network)
        #expect(IPAddress("192.0.2.1")?.network != IPAddress("192.0.2.2")?.network)
        #expect(IPAddress(try SocketAddress(ipAddress: "192.0.2.1", port: 1)) == IPAddress("192.0.2.1"))
        #expect(IPAddress(try SocketAddress(ipAddress: "2001:db8::1", port: 1)) == IPAddress("2001:db8::1"))
    }

    @Test(
        "An address is written as it is read, in the shortest form",
        arguments: [
            ("192.0.2.7", "192.0.2.7"), ("::ffff:192.0.2.7", "192.0.2.7"), ("2001:db8:0:0::1", "2001:db8::1"), ("::1", "::1"), ("::", "::"),
        ])
    func description(text: String, written: String) { #expect(IPAddress(text)?.description == written) }

    @Test(arguments: [
        ("127.0.0.1", true), ("127.9.9.9", true), ("::1", true), ("::ffff:127.0.0.1", true), ("128.0.0.1", false), ("::2", false),
    ])
    func loopback(address: String, expected: Bool) { #expect(IPAddress(address)?.isLoopback == expected) }

    /// 10.0.0.0/8 are the trusted proxies, and the request comes from 10.0.0.1.
    @Test(
        "The client is the last address in the header that is not a trusted proxy, whatever is to its left",
        arguments: [
            (["203.0.113.9"], "203.0.113.9"), (["198.51.100.1, 203.0.113.9"], "203.0.113.9"),
            (["198.51.100.1", "203.0.113.9"], "203.0.113.9"), (["203.0.113.9, 10.0.0.2"], "203.0.113.9"),
            (["203.0.113.9:4711"], "203.0.113.9"), (["[2001:db8::1]:4711"], "2001:db8::1"), (["2001:db8::1"], "2001:db8::1"),
            ([""], "10.0.0.1"), (["unknown"], "10.0.0.1"), (["203.0.113.9, unknown"], "10.0.0.1"),
            (["203.0.113.9, unknown, 10.0.0.2"], "10.0.0.2"), (["10.0.0.3, 10.0.0.2"], "10.0.0.3"),
            (["::ffff:203.0.113.9"], "203.0.113.9"), (["203.0.113.9, ::ffff:10.0.0.2"], "203.0.113.9"),
        ])
    func forwardedFor(values: [String], client: String) throws {
        try expect(client, behind: .xForwardedFor, values.map { ("X-Forwarded-For", $0) } + [("Forwarded", "for=1.1.1.1")])
    }

    @Test("A request without the header is the proxy's own")
    func notForwarded() throws {
        let proxies = TrustedProxies([try #require(AddressRange("10.0.0.0/8"))])
        let headers = HTTPHeaders([("Forwarded", "for=203.0.113.9")])
        #expect(proxies.client(behind: try #require(IPAddress("10.0.0.1")), headers) == nil)
    }

    @Test(
        arguments: [
            (["for=203.0.113.9"], "203.0.113.9"), (["for=198.51.100.1, for=203.0.113.9;proto=https"], "203.0.113.9"),
            ([#"by=10.0.0.1; For="[2001:db8::1]:4711""#], "2001:db8::1"), (["for=_hidden"], "10.0.0.1"), (["proto=https"], "10.0.0.1"),
        ])
    func forwarded(values: [String], client: String) throws {
        try expect(client, behind: .forwarded, values.map { ("Forwarded", $0) } + [("X-Forwarded-For", "1.1.1.1")])
    }

    private func expect(_ client: String, behind header: TrustedProxies.Header, _ headers: [(String, String)]) throws {
        let proxies = TrustedProxies([try #require(AddressRange("10.0.0.0/8"))], header: header)
        let proxy = try #require(IPAddress("10.0.0.1"))
        #expect(proxies.client(behind: proxy, HTTPHeaders(headers)) == IPAddress(client))
    }
}
