import Foundation
import Testing

@testable import SwitchboardApp

@Suite("The thread that writes lines")
struct DescriptorWriterTests {
    @Test("A pipe without a reader blocks no caller, and a later reader learns how many lines were dropped")
    func unread() throws {
        let pipe = Pipe()
        let writer = DescriptorWriter(pipe.fileHandleForWriting.fileDescriptor, capacity: 100_000) { "dropped \($0)\n" }
        let line = String(repeating: "x", count: 99) + "\n"
        for _ in 0..<10_000 { writer.write(line) }
        let dropped = writer.dropped
        // The pipe holds 64 KiB, and the queue 100,000 bytes.
        #expect(dropped > 8000 && dropped < 9900)
        writer.write("the end\n")
        // The number of dropped lines is reported once, or several times if the thread wrote while lines were being dropped.
        var (written, reported) = (0, 0)
        var text = ""
        while written + reported < 10_001 {
            text += try readSome(pipe)
            let whole = text.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
            written = whole.count { !$0.hasPrefix("dropped ") }
            reported = whole.reduce(0) { $0 + ($1.hasPrefix("dropped ") ? Int($1.dropFirst("dropped ".count)) ?? 0 : 0) }
        }
        #expect(written + reported == 10_001)
        #expect(reported == writer.dropped)
        writer.flush(within: .seconds(30))
        #expect(writer.dropped == dropped + (text.hasSuffix("the end\n") ? 0 : 1))
    }

    @Test("The writer's thread waits for a non-blocking descriptor")
    func nonblocking() throws {
        let pipe = Pipe()
        let descriptor = pipe.fileHandleForWriting.fileDescriptor
        #expect(fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK) == 0)
        let writer = DescriptorWriter(descriptor)
        for number in 0..<50_000 { writer.write("\(number)\n") }
        let text = try read(pipe, upTo: "\n49999\n")
        #expect(text == (0..<50_000).map { "\($0)\n" }.joined())
        #expect(writer.dropped == 0)
    }

    @Test("A reader that disconnects loses only lines")
    func readerGone() throws {
        // SIGPIPE stays ignored and the descriptor stays open after this test: the writer goes on trying, and a closed descriptor's number
        // could become another test's pipe.
        signal(SIGPIPE, SIG_IGN)
        let pipe = Pipe()
        let writer = DescriptorWriter(dup(pipe.fileHandleForWriting.fileDescriptor))
        try pipe.fileHandleForReading.close()
        writer.write("one\ntwo\n")
        let deadline = ContinuousClock.now + .seconds(300)
        while writer.dropped < 2, ContinuousClock.now < deadline { usleep(1000) }
        #expect(writer.dropped >= 2)
    }

    @Test(
        "Lines are written in pieces that a pipe takes atomically, a longer line separately",
        arguments: [
            ([4], 4), ([10, 10, 10], 30), ([4000, 96, 1], 4096), ([4000, 97], 4000), ([5000, 3], 5000),
        ])
    func pieces(lengths: [Int], first: Int) {
        let lines = lengths.flatMap { [UInt8](repeating: 0x61, count: $0 - 1) + [0x0A] }
        #expect(DescriptorWriter.pieceLength(of: lines[...]) == first)
    }

    /// Reads the pipe until the text ends with `end`.
    private func read(_ pipe: Pipe, upTo end: String) throws -> String {
        var text = ""
        while !text.utf8.suffix(end.utf8.count).elementsEqual(end.utf8) { text += try readSome(pipe) }
        return text
    }

    /// Reads what is in the pipe; waits if it is empty.
    private func readSome(_ pipe: Pipe) throws -> String {
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        var waiting = pollfd(fd: pipe.fileHandleForReading.fileDescriptor, events: Int16(POLLIN), revents: 0)
        try #require(poll(&waiting, 1, 30_000) == 1, "nothing more was written")
        let count = Foundation.read(waiting.fd, &buffer, buffer.count)
        try #require(count > 0)
        return String(decoding: buffer.prefix(count), as: UTF8.self)
    }
}
