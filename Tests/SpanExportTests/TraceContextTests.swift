import Testing
import Tracing

@testable import SpanExport

@Suite("Trace context")
struct TraceContextTests {
    static let trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    static let span = "00f067aa0ba902b7"

    @Test("A traceparent is read and written again", arguments: ["00", "01"])
    func valid(flags: String) throws {
        let header = "00-\(Self.trace)-\(Self.span)-\(flags)"
        let context = try #require(TraceContext(parent: header, state: nil))
        #expect(context.trace.description == Self.trace)
        #expect(context.span == 0x00f0_67aa_0ba9_02b7)
        #expect(context.isSampled == (flags == "01"))
        #expect(context.parentHeader == header)
    }

    @Test("Only the flag that marks a recorded trace counts", arguments: [("03", true), ("ff", true), ("fe", false), ("02", false)])
    func flags(flags: String, isSampled: Bool) throws {
        let context = try #require(TraceContext(parent: "00-\(Self.trace)-\(Self.span)-\(flags)", state: nil))
        #expect(context.isSampled == isSampled)
        #expect(context.parentHeader.hasSuffix(isSampled ? "-01" : "-00"))
    }

    @Test("A later version is read by its first four fields", arguments: ["", "-", "-and more"])
    func later(rest: String) throws {
        let context = try #require(TraceContext(parent: "cc-\(Self.trace)-\(Self.span)-01\(rest)", state: nil))
        #expect(context.parentHeader == "00-\(Self.trace)-\(Self.span)-01")
    }

    /// Values of `traceparent` that are none.
    static let malformedHeaders = [
        "", "-", "00", "hello", "00-\(trace)-\(span)", "00-\(trace)-\(span)-", "00-\(trace)-\(span)-0", "00-\(trace)-\(span)-0g",
        "00-\(trace)-\(span)-01-", "00-\(trace)-\(span)-01-more", "00-\(trace)-\(span)-011", "0-\(trace)-\(span)-01",
        "ff-\(trace)-\(span)-01", "FF-\(trace)-\(span)-01", "0x-\(trace)-\(span)-01", "cc-\(trace)-\(span)-01more",
        "00-\(trace.uppercased())-\(span)-01", "00-\(trace)-\(span.uppercased())-01", "00-\(trace)-\(span)-0A",
        "00-\(String(repeating: "0", count: 32))-\(span)-01", "00-\(trace)-\(String(repeating: "0", count: 16))-01",
        "00_\(trace)_\(span)_01", "00-\(trace)\(span)-01", "00-\(trace.dropLast())-\(span)-001", " 00-\(trace)-\(span)-01",
        "00-\(trace)-\(span)-01,00-\(trace)-\(span)-01", "00-\(trace.dropLast())é-\(span)-01", "00-\(trace.dropLast(2))é-\(span)-01",
        "٠٠-\(trace)-\(span)-01", String(repeating: "0", count: 55), String(repeating: "-", count: 55),
        String(repeating: "a", count: 60_000),
    ]

    @Test("Anything else is not a traceparent", arguments: malformedHeaders)
    func malformed(header: String) { #expect(TraceContext(parent: header, state: "a=1") == nil) }

    @Test(
        "A tracestate passes if its form is right, without empty members",
        arguments: [
            ("congo=t61rcWkgMzE", "congo=t61rcWkgMzE"), (" a=1 ,\tb=2,", "a=1,b=2"), ("0@v/1_-*=x y", "0@v/1_-*=x y"), (",,a=!~,,", "a=!~"),
        ])
    func state(header: String, passed: String) { #expect(TraceState.read(header) == passed) }

    @Test(
        "A malformed tracestate is dropped without the traceparent",
        arguments: [
            "", ",", "a", "a=", "=1", "A=1", "_a=1", "a=1=2", "a=é", "a b=1", "a=1,a=2", "a=\u{7}",
            (1...33).map { "k\($0)=1" }.joined(separator: ","), "\(String(repeating: "k", count: 257))=1",
            "k=\(String(repeating: "v", count: 257))",
        ])
    func malformedState(header: String) throws {
        let context = try #require(TraceContext(parent: "00-\(Self.trace)-\(Self.span)-01", state: header))
        #expect(context.state == nil)
    }
}
